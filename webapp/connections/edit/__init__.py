"""A connection's name and identity provider, to be changed."""
