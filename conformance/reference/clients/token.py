"""A client that gets tokens by client credentials, with custom parameters, and calls an API with them."""

from __future__ import annotations

import http.client
import json
import sys
from typing import ClassVar
from urllib.parse import urlencode, urlsplit

from conformance.reference.clients.http import FORM, Api, CallFailed, Connection, Response, Tokens, setting
from conformance.reference.clients.program import Program


class ClientCredentials(Tokens):
    """Tokens by client credentials (RFC 6749, section 4.4)."""

    def fetch(self) -> str:
        """Ask for a new token, and use it from now on. Raises CallFailed."""
        parameters = json.loads(setting("PARAMETERS", "{}"))
        headers = {"Content-Type": FORM, **self.authentication(), **parameters.get("header", {})}
        form = {**self.form(), **parameters.get("body", {})}
        answer = self.ask(self.address(parameters.get("query", {})), headers, form)
        if not answer.is_good:
            raise CallFailed("POST", urlsplit(setting("TOKEN_URL")).path, answer.status, self.reason(answer))
        self.value = self.token_in(answer.json())
        return self.value

    def address(self, query: dict[str, str]) -> str:
        """The address of the token endpoint, with the custom parameters that belong into the query."""
        return setting("TOKEN_URL") + (f"?{urlencode(query)}" if query else "")

    def ask(self, url: str, headers: dict[str, str], form: dict[str, str]) -> Response:
        """Post the form."""
        return self.connection.send_again("POST", url, headers, urlencode(form).encode())

    def form(self) -> dict[str, str]:
        """The fields of the request, with the credentials where they are configured for the body."""
        pair = {"client_id": setting("CLIENT_ID"), "client_secret": setting("CLIENT_SECRET")}
        return {"grant_type": "client_credentials", **(pair if self.is_by_form() else {})}

    def authentication(self) -> dict[str, str]:
        """The header with the credentials, where they are not in the body."""
        return {} if self.is_by_form() else super().authentication()

    def is_by_form(self) -> bool:
        """Whether the credentials are configured for the body; HTTP Basic is the default."""
        return setting("CLIENT_AUTHENTICATION") == "client_secret_post"


class TokenClient(Program):
    """One run."""

    role: ClassVar[str] = "token_client"
    tokens_of: ClassVar[type[ClientCredentials]] = ClientCredentials
    api_of: ClassVar[type[Api]] = Api

    def __init__(self) -> None:
        self.connection = Connection()
        self.tokens = self.tokens_of(self.connection)
        self.api = self.api_of(self.connection, self.tokens, setting("ORG_URL"))

    def run(self) -> int:
        """Do all of it. Returns the exit code."""
        try:
            limits = self.api.call("GET", f"{setting('API_URL')}/limits").json()
        except (CallFailed, OSError, http.client.HTTPException) as error:
            self.say(f"failed: {error}")
            return 1
        self.say(f"the limits were read: {len(limits)}")
        return 0


if __name__ == "__main__":
    sys.exit(TokenClient().run())
