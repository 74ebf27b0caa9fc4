"""Where the plugin keeps things in pytest's stashes."""

from __future__ import annotations

import pytest

from conformance.expect import Trial
from conformance.run import Run

RUN = pytest.StashKey[Run]()
"""The run, on the config."""

TRIAL = pytest.StashKey[Trial]()
"""The record of a case, on its item."""
