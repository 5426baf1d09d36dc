"""When things happen: the clock, the loops and the leases."""
