"""Measures Concierge against limits taken in the same run: ratios, never single absolute times."""
