"""Where the plugin keeps things in pytest's stashes."""

from __future__ import annotations

import pytest

from conformance.judging.matchers import Trial
from conformance.judging.run import Run

RUN = pytest.StashKey[Run]()
"""The run, on the config."""

TRIAL = pytest.StashKey[Trial]()
"""The record of a case, on its item."""
