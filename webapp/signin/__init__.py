"""How a member session comes to be, is kept, and ends."""
