"""The documentation site: the guides of docs/ as they are, and pages written from the code. `uv run nox -s site`."""
