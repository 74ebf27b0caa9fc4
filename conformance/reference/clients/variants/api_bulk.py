"""API clients of Bulk API 1.0, which has a header of its own for the token, and refuses by 400."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from conformance.reference.clients.api import QUERY
from conformance.reference.clients.http import Api, Connection, Response, setting
from conformance.reference.clients.variants import fault, oddity
from conformance.reference.clients.variants.api_oddities import ReadsAccountsAlone
from conformance.reference.clients.variants.connections import Following

KIND = {"Content-Type": "application/json"}


class _BulkApi(Api):
    def with_token(self, headers: Mapping[str, str] | None) -> dict[str, str]:
        return {**(headers or {}), "X-SFDC-Session": self.tokens.value}

    def has_ended(self, answer: Response) -> bool:
        return answer.status == 400 and "InvalidSessionId" in answer.text


@oddity("TIU-03", "TIU-04", "TIU-05", "TIU-06", "TIU-13", "TIU-14")
class WorksInBulkAlone(ReadsAccountsAlone):
    """It reads accounts by Bulk API 1.0, and does nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.api = _BulkApi(self.sender(), self.tokens, setting("ORG_URL"))

    def sender(self) -> Connection:
        """What sends its calls."""
        return self.connection

    def ask(self, method: str, path: str, body: bytes = b"") -> Any:
        """A call of Bulk API 1.0."""
        version = setting("API_VERSION").lstrip("v")
        return self.api.call(method, f"/services/async/{version}/job{path}", KIND, body).json()

    def read_accounts(self) -> int:
        said = {"operation": "query", "object": "Account", "contentType": "JSON"}
        job = self.ask("POST", "", json.dumps(said).encode())["id"]
        batch = self.ask("POST", f"/{job}/batch", QUERY.encode())["id"]
        self.ask("POST", f"/{job}", b'{"state": "Closed"}')
        while self.ask("GET", f"/{job}/batch/{batch}")["state"] not in ("Completed", "Failed"):
            self.connection.wait(1)
        results = self.ask("GET", f"/{job}/batch/{batch}/result")
        return sum(len(self.ask("GET", f"/{job}/batch/{batch}/result/{one}")) for one in results)


@fault("TIU-07", untested=("TIU-03", "TIU-04", "TIU-05", "TIU-06", "TIU-13", "TIU-14"))
class FollowsRedirectsInBulk(WorksInBulkAlone):
    """It follows a redirect to another host with the header of Bulk API 1.0 on, which no library takes off."""

    def sender(self) -> Connection:
        return Following()
