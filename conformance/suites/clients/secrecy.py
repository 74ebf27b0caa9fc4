"""Where a client leaves its secrets: in its arguments, its output, and its files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from conformance.redaction import VAULT
from conformance.rules.flaw import Flaw, FlawOfKind
from conformance.rules.outcome import Inconclusive
from conformance.suites.clients.rejoined_output import rejoined

if TYPE_CHECKING:
    from conformance.redaction import Vault
    from conformance.suites.clients.finished_run import FinishedRun


class Searched(Protocol):
    """What a client did in one scenario, as far as it is searched.

    Attributes:
        ended: how each run of it ended, with what it left.
    """

    ended: Sequence[FinishedRun]

    @property
    def secrets(self) -> Vault:
        """What must not be in it."""

    def judge_beside(self, flaw: Flaw | None, expected: str, judgement: str) -> None:
        """Judge what no exchange shows."""


def keeps_its_secrets(seen: Searched) -> None:
    """No secret is in the arguments of a client's processes, in what it printed, or in a file that it left."""
    flaw = has_secrets_in_arguments(seen)
    seen.judge_beside(flaw, "secrets in the environment, a file or a pipe", "no-secret-in-arguments")
    seen.judge_beside(shows_secrets(seen), "messages without them", "no-secret-shown")


def shows_secrets(seen: Searched) -> Flaw | None:
    """A secret is in what the client printed, or in a file that it left.

    Raises:
        Inconclusive: none is in what was searched of them, which is not all.
    """
    for ended in seen.ended:
        if found := _leaks(seen.secrets, ended.output):
            return FlawOfKind("output", f"the output of the client holds {_named(found)}")
        for name, content in ended.files:
            if found := _leaks(seen.secrets, content):
                return FlawOfKind("file", f"the file {VAULT.shown(name, 80)} holds {_named(found)}")
    _were_searched(seen.ended)
    return None


def has_secrets_in_arguments(seen: Searched) -> Flaw | None:
    """A secret is among the arguments of a process."""
    for ended in seen.ended:
        for line in ended.arguments:
            if found := seen.secrets.leaks_in(line.replace(b"\0", b"\n")):
                program = VAULT.shown(line.partition(b"\0")[0].decode("utf-8", "replace"), 80)
                return FlawOfKind("arguments", f"the arguments of {program} hold {_named(found)}")
    return None


def keeps_a_code(several: Sequence[FinishedRun], vault: Vault) -> Flaw | None:
    """A frontdoor URL is in what the client printed, or in a file that it left.

    Raises:
        Inconclusive: none is in what was searched of them, which is not all.
    """
    for ended in several:
        if _leaks(vault, ended.output):
            return FlawOfKind("printed", "the output of the client holds a frontdoor URL")
        if name := next((name for name, content in ended.files if _leaks(vault, content)), ""):
            return FlawOfKind("stored", f"the file {VAULT.shown(name, 80)} holds a frontdoor URL")
    _were_searched(several)
    return None


def _leaks(vault: Vault, content: bytes) -> list[str]:
    """The secrets in what was printed or written, also where the tool that did so broke one of them."""
    return next(filter(None, map(vault.leaks_in, (content, *rejoined(content)))), [])


def _were_searched(several: Sequence[FinishedRun]) -> None:
    unsearched = dict.fromkeys(phrase for ended in several for phrase in ended.unsearched)
    if unsearched:
        why = f"no secret was found, but not searched was {VAULT.shown(' and '.join(unsearched), 300)}"
        raise Inconclusive(why, "have the client print less, and start it in a folder with few files")


def _named(labels: list[str]) -> str:
    kinds = dict.fromkeys(label.partition("#")[0].replace("_", " ") for label in labels)
    return "a " + " and a ".join(kinds)
