"""A client of an org's APIs: it reads accounts, opens the user interface once, and revokes its token."""

from __future__ import annotations

import http.client
import json
import sys
from typing import ClassVar
from urllib.parse import quote, urlencode

from conformance.reference.clients.http import FORM, Api, CallFailed, Connection, Response, Tokens, setting
from conformance.reference.clients.program import Program

QUERY = "SELECT Id, Name FROM Account"


class ApiClient(Program):
    """One run."""

    role: ClassVar[str] = "api_client"

    def __init__(self) -> None:
        self.connection = Connection()
        self.tokens = Tokens(self.connection, setting("ACCESS_TOKEN"))
        self.api = Api(self.connection, self.tokens, setting("ORG_URL"))

    def run(self) -> int:
        """Do all of it. Returns the exit code."""
        try:
            self.say(f"{self.read_accounts()} accounts were read")
            self.create_a_task()
            self.open_the_user_interface()
            self.look_at_the_user()
            self.revoke()
        except (CallFailed, OSError, http.client.HTTPException) as error:
            self.say(f"failed: {error}")
            return 1
        return 0

    def read_accounts(self) -> int:
        """Read all pages of a query, and return how many records there were."""
        following: str | None = f"{setting('API_URL')}/query?q={quote(QUERY)}"
        count = 0
        while following is not None:
            page = self.api.call("GET", following).json()
            count += len(page["records"])
            following = page.get("nextRecordsUrl")
        return count

    def create_a_task(self) -> None:
        """Leave a note in the org. What may have been done is not simply repeated. Raises CallFailed."""
        body = json.dumps({"Subject": "The accounts were read"}).encode()
        answer = self.post(f"{setting('API_URL')}/sobjects/Task", body)
        if not answer.is_good:
            raise CallFailed("POST", "/sobjects/Task", answer.status)

    def post(self, url: str, body: bytes) -> Response:
        """Post JSON, once."""
        headers = self.api.with_token({"Content-Type": "application/json"})
        return self.api.connection.send("POST", url, headers, body)

    def open_the_user_interface(self) -> None:
        """Swap the token for a frontdoor URL, and visit it once, as a browser would."""
        form = urlencode({"redirect_uri": "/lightning/page/home"}).encode()
        path = "/services/oauth2/singleaccess"
        frontdoor = self.api.call("POST", path, {"Content-Type": FORM}, form).json()["frontdoor_uri"]
        self.visit(frontdoor)

    def visit(self, frontdoor: str) -> None:
        """Open a frontdoor URL: nothing else is sent along."""
        self.connection.send("GET", frontdoor)

    def look_at_the_user(self) -> None:
        """Ask who the user is."""
        self.api.call("GET", "/services/oauth2/userinfo")

    def revoke(self) -> None:
        """End the token."""
        form = urlencode({"token": self.tokens.value}).encode()
        self.connection.send("POST", f"{setting('ORG_URL')}/services/oauth2/revoke", {"Content-Type": FORM}, form)


if __name__ == "__main__":
    sys.exit(ApiClient().run())
