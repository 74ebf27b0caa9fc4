"""The recording client: what one exchange is, how it goes over the wire, and with which credentials."""
