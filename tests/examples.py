"""How many examples Hypothesis tries where it is not its usual hundred."""

from __future__ import annotations

from typing import Any

from hypothesis import settings


def examples(count: int, **more: Any) -> settings:
    """Settings with this many examples; with `--hypothesis-profile=nightly` ten times as many.

    Args:
        count: as many as find a fault that was put in on purpose, in a second or two.
        more: other settings.
    """
    usual = settings.get_profile("project").max_examples
    return settings(max_examples=count * settings.default.max_examples // usual, **more)  # type: ignore[union-attr] # a profile is loaded
