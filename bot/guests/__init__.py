"""Guests in conversation: asking for them, turning pages, opening cards."""
