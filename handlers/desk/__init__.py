"""The support desk: a request's life, its clocks, its words between people, and what the desk tells about itself."""
