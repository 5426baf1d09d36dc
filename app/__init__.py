"""Puts everything together and owns the process: settings, wiring, command line, HTTP server."""
