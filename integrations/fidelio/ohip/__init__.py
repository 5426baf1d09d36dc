"""OPERA Cloud through OHIP: reservations by arrival windows, profiles, postings, and Business Events for what changed."""
