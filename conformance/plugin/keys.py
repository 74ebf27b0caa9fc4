"""Where the plugin keeps things in pytest's stashes."""

from __future__ import annotations

import pytest

from conformance.judging.matchers import CaseRecord
from conformance.judging.run import Run

RUN = pytest.StashKey[Run]()
"""The run, on the config."""

CASE_RECORD = pytest.StashKey[CaseRecord]()
"""The record of a case, on its item."""
