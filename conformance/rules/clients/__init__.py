"""What a client does, judged over a sequence of exchanges: of a scenario, of a proxy, or of a capture.

Each rule takes exchanges in the order of their answers and returns what is wrong, or None.
"""
