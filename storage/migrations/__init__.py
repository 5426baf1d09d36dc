"""The schema's history, oldest first; run by storage.migrate."""
