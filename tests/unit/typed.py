"""Commands of seasonproof, typed in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from conformance.commands.app import main

type Command = Callable[..., tuple[int, str, str]]
"""From arguments to the exit code, the standard output and the standard error."""


def typed(name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """A command by its name."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["seasonproof", name, *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run
