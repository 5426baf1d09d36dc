"""Other clients of the portal on the same work, each in an environment of its own that is thrown away."""
