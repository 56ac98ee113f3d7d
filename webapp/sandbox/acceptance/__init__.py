"""The acceptance kit: each promise of the console as stories, for people to go through and for browser tests to run.

`vocabulary.py` and `deeds.py` are what stories are told in, `stories/` has them, `promises.py` says what they are
about.
"""

from webapp.sandbox.acceptance.pages import blueprint

__all__ = ["blueprint"]
