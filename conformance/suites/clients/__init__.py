"""Clients: the suite is their counterpart. A scenario is what a client is put through; each test judges one."""
