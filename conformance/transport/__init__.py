"""How one exchange goes over the wire: addresses, sockets with a deadline, pace. `conformance.client` stands on top."""
