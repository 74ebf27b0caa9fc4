"""Where the plugin keeps things in pytest's stashes."""

from __future__ import annotations

import pytest

from conformance.judging.matchers import CaseRecord
from conformance.judging.run import Run
from conformance.judging.verdict import Case
from conformance.plugin.sent_requests import SentRequests

RUN = pytest.StashKey[Run]()
"""The run, on the config."""

SENT = pytest.StashKey[SentRequests]()
"""What a test has sent, on its item."""

CASE = pytest.StashKey[Case]()
"""What a test came to, on its item."""

CASE_RECORD = pytest.StashKey[CaseRecord]()
"""The record of a case, on its item."""
