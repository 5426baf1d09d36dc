"""A stand-in for the hotel's exports: its books as the files that reports and schedulers leave in a folder."""
