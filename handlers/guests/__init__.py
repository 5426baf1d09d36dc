"""Guests at one's fingertips: look-ups over the staged profiles and stays."""
