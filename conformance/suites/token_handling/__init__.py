"""Token handling: what a single access endpoint does with tokens in headers, bodies and URLs."""
