"""A correct implementation of every role, served over real HTTP on loopback."""
