"""Pollers with a defect each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from conformance.reference.clients.http import Connection, Response, setting
from conformance.reference.clients.polling import Poller, Record
from conformance.reference.clients.variants import fault
from conformance.reference.clients.variants.api_faults import start_a_helper
from conformance.reference.clients.variants.connections import (
    Careless,
    CountingSeconds,
    Endless,
    Hasty,
    HeedingTheFirst,
    Trusting,
)


@fault("PCX-01", "PCX-05", "PCX-07")
class MovesTheMarkWithEachPage(Poller):
    """It moves its mark, and hands over what it has read, before the poll has ended well."""

    def poll(self) -> int:
        found: list[Record] = []
        token: str | None = ""
        while token is not None:
            page = self.page(token).json()
            new = [record for record in page["items"] if not self.is_known(record)]
            self.move(new)
            found += new
            token = page["next"]
        self.hand_over(found)
        return len(found)


@fault("PCX-01", "PCX-05", "PCX-07")
class MovesTheMarkFirst(Poller):
    """It moves its mark before anybody has taken the changes."""

    def hand_over(self, records: list[Record]) -> None:
        self.move(records)
        super().hand_over(records)


@fault("PCX-01", "PCX-05", "PCX-06", "PCX-07")
class KeepsNothingButAnEarlyMark(Poller):
    """It moves its mark before anybody has taken the changes, and remembers no record, so it asks for each again."""

    def is_known(self, record: Record) -> bool:
        return False

    def hand_over(self, records: list[Record]) -> None:
        self.move(records)
        super().hand_over(records)


@fault("PCX-07")
class MovesTheMarkBeforeTheLastRecord(Poller):
    """It hands over one record at a time, and moves its mark when one of many is left."""

    def hand_over(self, records: list[Record]) -> None:
        for number, record in enumerate(records, 1):
            if number == len(records) > 2:
                self.move(records)
            super().hand_over([record])


@fault("PCX-01", "PCX-05")
class IgnoresARefusal(Poller):
    """It does not look at the answer of whoever takes the changes."""

    def hand_over(self, records: list[Record]) -> None:
        if records:
            headers = {"Content-Type": "application/json"}
            self.connection.send("POST", setting("SINK_URL"), headers, json.dumps(records).encode())


@fault("PCX-02", "PCX-05")
class LeavesOutTheMark(Poller):
    """It takes only what is later than its mark."""

    def is_known(self, record: Record) -> bool:
        return bool(self.state.mark) and record["modified"] <= self.state.mark


@fault("PCX-02", "PCX-03", "PCX-05")
class TrustsItsOwnClock(Poller):
    """Its mark is the time of its own clock."""

    def move(self, records: list[Record]) -> None:
        self.state.seen += [[record["id"], record["version"]] for record in records]
        self.state.mark = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.state.save()


@fault("PCX-02", "PCX-03", "PCX-04", "PCX-05")
class BeginsAtTheEnd(Poller):
    """Each start takes the present for its beginning, apart from the first one."""

    def poll(self) -> int:
        if not self.state.mark:
            return super().poll()
        self.move(self.changes())
        return 0


@fault("PCX-06")
class HandsOverAgain(Poller):
    """It keeps no list of what it has handed over."""

    def is_known(self, record: Record) -> bool:
        return False


@fault("PCX-01", "PCX-03", "PCX-04", "PCX-05", "PCX-07")
class ReadsOnePage(Poller):
    """It reads the first page alone."""

    def changes(self) -> list[Record]:
        found: list[Record] = self.page("").json()["items"]
        return found


@fault("PCX-08")
class PrintsTheAddressOfTheFeed(Poller):
    """It prints its token, in the address of the feed."""

    def changes(self) -> list[Record]:
        self.say(f"polling {setting('FEED_URL')}?access_token={quote(self.api.tokens.value)}")
        return super().changes()


@fault("PCX-08")
class PrintsItsTokenWhereAPollFails(Poller):
    """Where a poll fails, it prints the headers of its calls."""

    def say(self, text: str) -> None:
        super().say(f"{text} with {self.api.with_token(None)}" if text.startswith("failed") else text)


@fault("PCX-09")
class TokenInTheAddressOfTheFeed(Poller):
    """It puts its token into the address of each page, beside the header."""

    def page(self, token: str) -> Response:
        wish = {"since": self.since(), "token": token, "access_token": self.api.tokens.value}
        query = urlencode({name: value for name, value in wish.items() if value})
        return self.api.call("GET", f"{setting('FEED_URL')}?{query}")


@fault("PCX-08")
class PollsByAHelper(Poller):
    """It has a helper poll, with the token among its arguments."""

    def changes(self) -> list[Record]:
        start_a_helper(self.api.tokens.value)
        return super().changes()


@fault("PCX-10")
class PollsAnybody(Poller):
    """It does not verify certificates."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = Trusting()


@fault("PCX-11")
class PollsAgainAtOnce(Poller):
    """It does not look at Retry-After."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = Hasty()


@fault("PCX-11")
class HeedsTheFirstWaitOfAPollAlone(Poller):
    """Asked twice to wait, it comes back at once the second time."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = HeedingTheFirst()


@fault("PCX-11")
class PollsAgainBeforeADate(Poller):
    """It knows Retry-After with seconds alone."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = CountingSeconds()


@fault("PCX-12")
class PollsWithoutEnd(Poller):
    """It repeats a poll that fails until it succeeds, or somebody stops it."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = Endless()


class _Follows(Connection):
    def send(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Response:
        answer = super().send(method, url, headers, body)
        return super().send(method, answer.headers["location"], headers) if answer.status == 302 else answer


@fault("PCX-13")
class FollowsTheFeedWithItsToken(Poller):
    """It follows redirects with its token on."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = _Follows()


@fault("PCX-10")
class PollsAnotherHost(Poller):
    """It takes any certificate of its authority, for whichever host it is."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = Careless()
