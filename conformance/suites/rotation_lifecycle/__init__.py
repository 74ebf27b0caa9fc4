"""The life cycle of the credentials of external client apps: stage, rotate, delete."""
