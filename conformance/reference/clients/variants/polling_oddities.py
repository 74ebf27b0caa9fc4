"""Pollers that are unusual and correct."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from conformance.reference.clients.http import Connection, Response
from conformance.reference.clients.polling import Poller, Record
from conformance.reference.clients.variants import oddity
from conformance.reference.clients.variants.connections import TrustingItsOwn


@oddity()
class LooksBack(Poller):
    """It asks from a minute before its mark, and remembers all that it has handed over."""

    def since(self) -> str:
        if not self.state.mark:
            return ""
        earlier = datetime.fromisoformat(self.state.mark) - timedelta(minutes=1)
        return earlier.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def move(self, records: list[Record]) -> None:
        if records:
            self.state.seen += [[record["id"], record["version"]] for record in records]
            self.state.mark = max(record["modified"] for record in [*records, {"modified": self.state.mark}])
            self.state.save()


@oddity()
class TrustsAnAuthorityOfItsOwn(Poller):
    """It trusts one authority, of which nobody can tell it by a variable."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = TrustingItsOwn()


@oddity()
class HandsOverOneByOne(Poller):
    """It hands over each change alone, in the order of their ids, and remembers each."""

    def hand_over(self, records: list[Record]) -> None:
        for record in sorted(records, key=lambda one: str(one["id"])):
            super().hand_over([record])


@oddity()
class PollsTwice(Poller):
    """It begins with a poll whose changes it does not look at."""

    def changes(self) -> list[Record]:
        super().changes()
        return super().changes()


class _GivesUp(Connection):
    def send_again(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Response:
        return self.send(method, url, headers, body)


@oddity()
class LeavesTheRestToTheNextPoll(Poller):
    """It repeats nothing that fails within a poll."""

    def __init__(self) -> None:
        super().__init__()
        self.connection = self.api.connection = _GivesUp()
