"""Stytch's B2B API in the console's words. Knows HTTP; knows no Flask and no pages."""

from webapp.stytch.client import Actor, Stytch

__all__ = ["Actor", "Stytch"]
