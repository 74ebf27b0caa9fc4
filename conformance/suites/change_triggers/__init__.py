"""Change triggers: a system that flows connect to, write to, and poll for what has changed."""
