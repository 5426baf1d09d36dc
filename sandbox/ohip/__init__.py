"""A stand-in of Oracle's OHIP gateway over the sandbox hotel: tokens, reservations, profiles, postings, events.

Shapes and headers as Oracle's public specifications (25.5) have them; a contract test holds every answer against them.
"""
