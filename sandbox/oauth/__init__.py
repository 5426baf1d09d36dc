"""A stand-in for the vendor's cloud: authorization server, registry of applications, many portals behind one address."""
