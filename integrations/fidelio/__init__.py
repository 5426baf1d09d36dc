"""Fidelio and OPERA: one folder per door, all yielding the same domain objects."""
