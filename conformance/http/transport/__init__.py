"""How one exchange goes over the wire: addresses, sockets with a deadline, pace. `http.client` is built on it."""
