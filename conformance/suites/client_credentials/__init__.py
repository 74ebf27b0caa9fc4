"""Client credentials: what a token endpoint gives to a client that proves who it is, and what it refuses."""
