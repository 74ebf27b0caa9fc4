"""Small, correct clients, one a role: each is a program of its own, and an example to copy.

`python -m conformance.reference.clients.api` reads what it needs from the environment (docs/clients.md lists it). The
standard library is all that they use.
"""
