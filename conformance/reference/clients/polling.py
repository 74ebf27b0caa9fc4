"""A poller that loses nothing: the mark comes from the data, and moves when all of a poll has been handed over."""

from __future__ import annotations

import http.client
import json
import os
import sys
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlencode

from conformance.reference.clients.http import Api, CallFailed, Connection, Response, Tokens, setting
from conformance.reference.clients.program import Program

type Record = dict[str, Any]


class State:
    """Where the poller is: the mark, and which versions it has handed over that have the time of the mark.

    Attributes:
        mark: the time of the latest change that was handed over; empty at the beginning.
        seen: the ids and versions with this time.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        kept = json.loads(path.read_text("utf-8")) if path.exists() else {}
        self.mark: str = kept.get("mark", "")
        self.seen: list[list[Any]] = kept.get("seen", [])

    def save(self) -> None:
        """Keep it, in one step."""
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps({"mark": self.mark, "seen": self.seen}), "utf-8")
        os.replace(new, self.path)


class Poller(Program):
    """One poll."""

    role: ClassVar[str] = "polling_client"

    def __init__(self) -> None:
        self.connection = Connection()
        self.api = Api(self.connection, Tokens(self.connection, setting("ACCESS_TOKEN")), setting("ORG_URL"))
        self.state = State(Path(setting("STATE_DIR"), "mark.json"))

    def run(self) -> int:
        """Do all of it. Returns the exit code."""
        try:
            self.say(f"{self.poll()} changes were handed over")
        except (CallFailed, OSError, http.client.HTTPException) as error:
            self.say(f"failed: {error}")
            return 1
        return 0

    def poll(self) -> int:
        """Hand over what has changed, and return how much it was."""
        new = [record for record in self.changes() if not self.is_known(record)]
        self.hand_over(new)
        self.move(new)
        return len(new)

    def changes(self) -> list[Record]:
        """What has changed since the mark, itself included, from all pages."""
        found: list[Record] = []
        token: str | None = ""
        while token is not None:
            page = self.page(token).json()
            found += page["items"]
            token = page["next"]
        return found

    def page(self, token: str) -> Response:
        """One page."""
        wish = {"since": self.since(), "token": token}
        query = urlencode({name: value for name, value in wish.items() if value})
        return self.api.call("GET", setting("FEED_URL") + (f"?{query}" if query else ""))

    def since(self) -> str:
        """The mark to ask from."""
        return self.state.mark

    def is_known(self, record: Record) -> bool:
        """Whether a version has been handed over."""
        return [record["id"], record["version"]] in self.state.seen

    def hand_over(self, records: list[Record]) -> None:
        """Give records to whoever wants them. Raises CallFailed where they are not taken."""
        if records:
            headers = {"Content-Type": "application/json"}
            answer = self.connection.send_again("POST", setting("SINK_URL"), headers, json.dumps(records).encode())
            if not answer.is_good:
                raise CallFailed("POST", "/sink", answer.status)

    def move(self, records: list[Record]) -> None:
        """Move the mark to the latest of the records, which all have been handed over."""
        if not records:
            return
        latest = max(record["modified"] for record in records)
        at_it = [[record["id"], record["version"]] for record in records if record["modified"] == latest]
        self.state.seen = (self.state.seen if latest == self.state.mark else []) + at_it
        self.state.mark = latest
        self.state.save()


if __name__ == "__main__":
    sys.exit(Poller().run())
