"""Whether the credentials of a target file may still be shown: a system may lock an account that is refused often."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.rules.outcome import Inconclusive

if TYPE_CHECKING:
    from conformance.http.exchange import Exchange

_SAFE = ("GET", "HEAD")

TRIES = 2
"""So often in a row a target may refuse the credentials of a role. The first refusal may be a passing one."""


class Account:
    """The credentials by which a target file lets the suite in to one role.

    Args:
        role: the role, such as `token_endpoint`.
        ledger: a file that several processes share, each byte of it a refusal; None where there is one process.
    """

    def __init__(self, role: str = "", ledger: Path | None = None) -> None:
        self._role = role
        self._ledger = ledger
        self._refused = 0

    @property
    def refused(self) -> int:
        """How often in a row the credentials were refused."""
        if self._ledger is None:
            return self._refused
        try:
            return self._ledger.stat().st_size
        except FileNotFoundError:
            return 0

    def may_be_shown(self) -> None:
        """Ask before the credentials are sent.

        Raises:
            Inconclusive: they were refused too often already.
        """
        if self.refused >= TRIES:
            raise Inconclusive(
                f"the target refused the credentials of {self._role} {TRIES} times in a row, so they are not sent "
                "again: it may lock the account",
                f"the right credentials under {self._role}",
            )

    def is_refused(self) -> None:
        """Note that the target refused the credentials themselves."""
        if self._ledger is None:
            self._refused += 1
            return
        with self._ledger.open("ab") as file:
            file.write(b".")

    def is_let_in(self) -> None:
        """Note that the credentials work: what is refused before and after has other reasons."""
        if self._ledger is None:
            self._refused = 0
        elif self.refused:
            self._ledger.unlink(missing_ok=True)

    def was_answered(self, exchange: Exchange) -> None:
        """Note what an answer says about credentials in its request.

        401 refuses them, and a 2xx lets them in, unless it may let in everybody because nothing is changed.
        """
        if exchange.response is None:
            return
        if exchange.response.status == 401:
            self.is_refused()
        elif 200 <= exchange.response.status < 300 and exchange.request.method not in _SAFE:
            self.is_let_in()

    @contextmanager
    def fetching(self) -> Iterator[None]:
        """Fetch a token with the credentials; a token endpoint that refuses them with a 4xx counts.

        Raises:
            Inconclusive: they were refused too often already, or no token came.
        """
        self.may_be_shown()
        try:
            yield
        except Inconclusive as stopped:
            answer = stopped.exchanges[-1].response if stopped.exchanges else None
            if answer is not None and 400 <= answer.status < 500:
                self.is_refused()
            raise
