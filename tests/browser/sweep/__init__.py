"""Every page and state of the console, one after the other, looked at by axe-core in every look it may have.

`stage.py` is where a walk takes place, the modules of walks are the table of states, `looks.py` is what is looked for.
"""
