"""The ways by which text leaves a run: no secret leaves in pieces, and none in what pytest cuts."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.plugin.secrecy import RedactingStream, redact_log_records, whole_traceback
from conformance.redaction import Secret

TOKEN = Secret("00D000000000001!AQ4AQ.made_up_token_that_leaves_in_pieces_" + "0123456789" * 40)


@given(st.lists(st.integers(1, 80), max_size=8))
def test_a_secret_written_in_pieces_is_masked(widths: list[int]) -> None:
    out = io.StringIO()
    stream = RedactingStream(out)
    text, at = f"sent {TOKEN.reveal()} at last\nand then", 0
    for width in widths:
        stream.write(text[at : at + width])
        at += width
    stream.write(text[at:])
    assert TOKEN.reveal()[:40] not in out.getvalue()
    stream.flush()
    assert out.getvalue() == f"sent {TOKEN} at last\nand then"


def test_a_stream_is_otherwise_the_stream_that_it_writes_to() -> None:
    out = io.StringIO()
    stream = RedactingStream(out)
    assert stream.write("one line\n") == len("one line\n")
    assert out.getvalue() == "one line\n"
    assert stream.writable()


def test_a_traceback_is_redacted_before_its_values_are_cut(request: pytest.FixtureRequest) -> None:
    """pytest shows the beginning and the end of a long value: half a secret, which nobody recognises."""

    def broken(token: str) -> None:
        held = [token]
        raise RuntimeError(f"no use for {held[0]}")

    with pytest.raises(RuntimeError) as caught:
        broken(TOKEN.reveal())
    shown = whole_traceback(request.node, caught)
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
