"""Tests mirror webapp/; browser/ holds what is pressed in a real Chromium."""
