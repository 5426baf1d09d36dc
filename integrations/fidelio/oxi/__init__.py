"""OXI over HTTP: the PMS posts reservation and profile messages; kept, answered at once, worked through then."""
