"""Stytch's B2B API in the console's words. Knows HTTP; knows no Flask and no pages."""

from webapp.stytch.calls import Actor, Proven
from webapp.stytch.client import Stytch

__all__ = ["Actor", "Proven", "Stytch"]
