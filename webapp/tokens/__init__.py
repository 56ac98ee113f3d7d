"""The tokens of every organization of the project, for whoever runs the console: which end when, and who is told."""
