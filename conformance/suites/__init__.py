"""The suites: one folder a family, one file a theme, one test a requirement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


def requirement[F: Callable[..., Any]](identifier: str) -> Callable[[F], F]:
    """Say which requirement a test judges, such as `SAB-01`."""
    return pytest.mark.requirement(identifier)
