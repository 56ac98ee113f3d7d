"""“Which token is this?”: what somebody pasted, told from what Stytch says of it."""
