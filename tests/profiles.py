"""The built-in profiles, each read once: many tests ask for one, and none changes it."""

from __future__ import annotations

from functools import cache

from conformance.config import profile
from conformance.config.profile import Profile


@cache
def builtin(name: str, *, of_clients: bool = False) -> Profile:
    """A built-in profile by its name."""
    return profile.load_profile(name, of_clients=of_clients)
