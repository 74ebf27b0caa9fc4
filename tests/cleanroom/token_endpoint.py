"""An authorization server for client credentials: RFC 6749, 6750, 7009, 7662, 8414 and 8707."""

from __future__ import annotations

import base64
import hmac
import re
import secrets
import time
from dataclasses import dataclass
from urllib.parse import unquote_plus

from tests.cleanroom.wire import Answer, Asked, Refused, Server

FAULTS = {
    "basic-undecoded": "Id and secret are taken from Basic as they are, without form-decoding them.",
    "merged-parameters": "Query and form are one set of parameters, as in many frameworks: a secret in the URL works.",
    "last-value-counts": "The form is read into a dictionary, so of a repeated parameter the last value counts.",
    "no-challenge": "A wrong secret in Basic is refused with 401, and without `WWW-Authenticate`.",
    "default-audience": "An unknown audience is answered with a token for the default one.",
    "silent-scope": "A request for scopes that nobody knows gets a token without any.",
    "revoked-works": "Revocation answers 200, and the token goes on working.",
    "open-introspection": "Introspection does not ask who is calling.",
}

CLIENT, SECRET = "accounts", "cl3an-R00m-" + "s" * 30
ODD_CLIENT, ODD_SECRET = "nightly job:1", "p+l%2Bus:% &=/ " + "t" * 30
CLIENTS = {CLIENT: SECRET, ODD_CLIENT: ODD_SECRET}
API, OTHER_API = "https://api.example.com/", "https://other.example.com/"
SCOPES = ("read", "write")
LIFE = 300

ENVIRON = {"CLEANROOM_SECRET": SECRET, "CLEANROOM_ODD_SECRET": ODD_SECRET}


@dataclass
class Token:
    client: str
    scope: str
    audiences: list[str]
    issued: int
    revoked: bool = False

    @property
    def active(self) -> bool:
        return not self.revoked and time.time() < self.issued + LIFE


class TokenEndpoint:
    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.tokens: dict[str, Token] = {}
        self.server = Server(self.answer)

    def answer(self, asked: Asked) -> Answer:
        match asked.path:
            case "/.well-known/oauth-authorization-server" | "/.well-known/openid-configuration":
                return self._metadata()
            case "/token" | "/introspect" | "/revoke":
                return self._endpoint(asked)
            case "/api":
                return self._resource(asked, API)
            case "/other":
                return self._resource(asked, OTHER_API)
        return Answer.json(404, {"error": "not_found"})

    def _metadata(self) -> Answer:
        url = self.server.url
        methods = ["client_secret_basic", "client_secret_post"]
        document = {
            "issuer": url,
            "token_endpoint": f"{url}/token",
            "introspection_endpoint": f"{url}/introspect",
            "revocation_endpoint": f"{url}/revoke",
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": ["none"],
            "scopes_supported": list(SCOPES),
            **{f"{name}_endpoint_auth_methods_supported": methods for name in ("token", "introspection", "revocation")},
        }
        return Answer.json(200, document)

    def _endpoint(self, asked: Asked) -> Answer:
        merged = self.fault == "merged-parameters"
        if asked.method != "POST" and not (merged and asked.method == "GET"):
            return Answer.json(405, {"error": "invalid_request"}, Allow="POST")
        if not asked.is_form and not merged:
            raise _error(400, "invalid_request", "the body has to be a form")
        if (
            any(name in {"client_id", "client_secret", "client_assertion", "token"} for name, _ in asked.query)
            and not merged
        ):
            raise _error(400, "invalid_request", "credentials stand in the URL")
        given = [(name, value) for name, value in asked.form + (asked.query if merged else []) if value]
        repeated = [name for name, _ in asked.form if name != "resource"]
        if len(repeated) != len(set(repeated)) and self.fault != "last-value-counts":
            raise _error(400, "invalid_request", "a parameter comes twice")
        form = dict(given)
        if asked.path == "/introspect" and self.fault == "open-introspection":
            return self._introspect(form)
        client = self._client(asked, form)
        match asked.path:
            case "/introspect":
                return self._introspect(form)
            case "/revoke":
                return self._revoke(form, client)
        return self._token(form, client, [value for name, value in given if name == "resource"])

    def _client(self, asked: Asked, form: dict[str, str]) -> str:
        """The client, by one method of authentication and no more (RFC 6749, 2.3)."""
        by_header = "Authorization" in asked.headers
        if (by_header and "client_secret" in form) or "client_assertion" in form:
            raise _error(400, "invalid_request", "one method of authentication, please")
        client, secret = form.get("client_id", ""), form.get("client_secret", "")
        if by_header:
            client, secret = self._basic(asked)
            if form.get("client_id", client) != client:
                raise _error(400, "invalid_request", "client_id is another one")
        known = CLIENTS.get(client, "")
        if known and hmac.compare_digest(known.encode(), secret.encode()):
            return client
        headers = {"WWW_Authenticate": 'Basic realm="token"'} if self.fault != "no-challenge" else {}
        raise _error(401, "invalid_client", "unknown client or wrong secret", **headers)

    def _basic(self, asked: Asked) -> tuple[str, str]:
        try:
            plain = base64.b64decode(asked.credentials("basic") or "", validate=True).decode()
        except ValueError:
            return "", ""
        client, _, secret = plain.partition(":")
        return (client, secret) if self.fault == "basic-undecoded" else (unquote_plus(client), unquote_plus(secret))

    def _token(self, form: dict[str, str], client: str, resources: list[str]) -> Answer:
        if "grant_type" not in form:
            raise _error(400, "invalid_request", "grant_type is missing")
        if form["grant_type"] != "client_credentials":
            raise _error(400, "unsupported_grant_type", "client_credentials alone")
        asked_for = form.get("scope", " ".join(SCOPES))
        if not re.fullmatch(r"[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*", asked_for):
            raise _error(400, "invalid_scope", "this is not a list of scopes")
        scopes = [each for each in SCOPES if each in asked_for.split(" ")]
        if not scopes and self.fault != "silent-scope":
            raise _error(400, "invalid_scope", "none of these scopes is known")
        audiences = resources + ([form["audience"]] if "audience" in form else [])
        if not audiences:
            raise _error(400, "invalid_request", "audience is missing")
        if not {API, OTHER_API}.issuperset(audiences):
            if self.fault != "default-audience":
                raise _error(400, "invalid_target", "unknown audience")
            audiences = [API]
        value = secrets.token_urlsafe(32)
        self.tokens[value] = Token(client, " ".join(scopes), audiences, int(time.time()))
        answer = {"access_token": value, "token_type": "Bearer", "expires_in": LIFE}
        return Answer.json(200, answer | ({"scope": " ".join(scopes)} if scopes else {}), Pragma="no-cache")

    def _introspect(self, form: dict[str, str]) -> Answer:
        if "token" not in form:
            raise _error(400, "invalid_request", "token is missing")
        token = self.tokens.get(form["token"])
        if token is None or not token.active:
            return Answer.json(200, {"active": False})
        said = {"client_id": token.client, "sub": token.client, "scope": token.scope, "aud": token.audiences}
        life = {"iat": token.issued, "exp": token.issued + LIFE, "token_type": "Bearer", "iss": self.server.url}
        return Answer.json(200, {"active": True, **said, **life})

    def _revoke(self, form: dict[str, str], client: str) -> Answer:
        if "token" not in form:
            raise _error(400, "invalid_request", "token is missing")
        token = self.tokens.get(form["token"])
        if token is not None and token.client != client:
            raise _error(400, "unauthorized_client", "the token is another client's")
        if token is not None and self.fault != "revoked-works":
            token.revoked = True
        return Answer(200, headers={"Cache-Control": "no-store"})

    def _resource(self, asked: Asked, audience: str) -> Answer:
        value = asked.credentials("bearer")
        if value is None:
            raise Refused(401, {}, WWW_Authenticate='Bearer realm="api"')
        token = self.tokens.get(value)
        if token is None or not token.active or audience not in token.audiences:
            raise Refused(401, {"error": "invalid_token"}, WWW_Authenticate='Bearer realm="api", error="invalid_token"')
        return Answer.json(200, {"hello": token.client})


def _error(status: int, code: str, text: str, **headers: str) -> Refused:
    return Refused(status, {"error": code, "error_description": text}, Pragma="no-cache", **headers)
