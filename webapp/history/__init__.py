"""What was done: an append-only log of events, and the intents that are written before anything is done."""
