"""Reads the PMS's own Oracle database, and only reads: fixed statements, binds, row caps. Not run against Oracle yet."""
