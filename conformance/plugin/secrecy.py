"""What pytest and logging would show by themselves while a profile is given: words of our own, tracebacks, records."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from conformance.config.profile import Profile
from conformance.judging.verdict import RunVerdict
from conformance.redaction import VAULT
from conformance.rules.outcome import NonConformant, Outcome, Stopped

_FIELDS = (
    # of Allure
    "statusDetails description descriptionHtml attachments parameters historyId testCaseId fullName titlePath children "
    "excluded timestamp finished critical framework language parentSuite subSuite severity MainThread "
    # of JUnit
    "testsuites testsuite testcase properties system-out system-err classname hostname failures "
    # of HAR and of exchanges
    "startedDateTime httpVersion queryString postData mimeType redirectURL headersSize bodySize response timings "
    "schemaVersion contentType "
    # of pytest
    "warnings collected selected deselected test session starts short test summary info"
)
"""Names and words of eight letters or more that files and pytest's own lines hold."""

_LINE_SHOWN = 2000  # characters of one line of a traceback


def publish_words_of(profile: Profile) -> None:
    """Take note of the words that the outputs of a run hold by themselves."""
    outcomes = [*Outcome, *(str(outcome).upper() for outcome in Outcome), *RunVerdict]
    VAULT.publish("\n".join([_FIELDS, *outcomes, profile.model_dump_json()]))


def is_judgement(excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
    """Whether the exception judges the target, rather than showing a defect of the suite."""
    return isinstance(excinfo.value, NonConformant | Stopped)


def failure_text(item: pytest.Item, excinfo: pytest.ExceptionInfo[BaseException]) -> str:
    """What is shown of a test that raised: the message of a judgement, or the traceback of a defect.

    It is redacted before values are cut: half a secret is not recognised.
    """
    if is_judgement(excinfo):
        return VAULT.shown(str(excinfo.value))
    style = item.config.option.tbstyle
    whole = excinfo.getrepr(
        style="long" if style == "auto" else style,
        showlocals=item.config.option.showlocals,
        funcargs=True,
        truncate_locals=False,
        truncate_args=False,
        tbfilter=lambda info: info.traceback.cut(path=item.path).filter(info),
    )
    return "\n".join(VAULT.shown(line, _LINE_SHOWN) for line in VAULT.shown(str(whole)).splitlines())


def redact_log_records() -> None:
    """Redact every log record of the process as it is made, so that no handler sees a secret."""
    make = logging.getLogRecordFactory()
    if getattr(make, "redacts", False):
        return

    def redacted(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        record.msg, record.args = VAULT.shown(record.getMessage()), ()
        return record

    redacted.redacts = True  # type: ignore[attr-defined] # so that it is wrapped once
    logging.setLogRecordFactory(redacted)
