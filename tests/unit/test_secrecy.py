"""What pytest and logging would show by themselves: no secret, and no half of one."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from conformance.plugin.secrecy import failure_text, redact_log_records
from conformance.redaction import Secret

TOKEN = Secret("00D000000000001!AQ4AQ.made_up_token_that_leaves_in_pieces_" + "0123456789" * 40)


def test_a_traceback_is_redacted_before_its_values_are_cut(request: pytest.FixtureRequest) -> None:
    """pytest shows the beginning and the end of a long value: half a secret, which nobody recognises."""

    def broken(token: str) -> None:
        held = [token]
        raise RuntimeError(f"no use for {held[0]}")

    with pytest.raises(RuntimeError) as caught:
        broken(TOKEN.reveal())
    shown = failure_text(request.node, caught)
    assert f"no use for {TOKEN}" in shown
    assert f"token = '{TOKEN}'" in shown
    assert [at for at in range(0, 400, 8) if TOKEN.reveal()[at : at + 16] in shown] == []
    assert Path(__file__).name in shown


def test_a_log_record_is_fit_for_a_terminal(caplog: pytest.LogCaptureFixture) -> None:
    factory = logging.getLogRecordFactory()
    try:
        redact_log_records()
        logging.getLogger("careless").warning("sent %s \x1b[2J", TOKEN.reveal())
    finally:
        logging.setLogRecordFactory(factory)
    assert caplog.messages == [f"sent {TOKEN} \\x1b[2J"]
