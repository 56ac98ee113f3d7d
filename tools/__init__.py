"""Small programs that the Makefile starts."""
