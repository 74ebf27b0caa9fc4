"""Who the suite is to a target: the headers that carry its credentials."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from conformance.config.roles import Access
from conformance.config.target import Target
from conformance.http.credentials import authorization, carrying
from conformance.http.exchange import Exchange, Request, Response
from conformance.rules.outcome import Inconclusive, NotTested

ORG: dict[str, Any] = {"base_url": "https://acme.example.com", "token": "00Dacme!AQ4.made.up.of.credentials"}
CLIENT: dict[str, Any] = {
    "url": "https://login.example.com/token",
    "client_id": "an id",
    "client_secret": "p:ss of made-up",
    "scopes": ["files", "api"],
}


class TokenServer:
    """Answers every request with one token, and keeps what it was sent."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.requests: list[Request] = []

    def __call__(self, request: Request, *, retry: bool) -> Exchange:
        self.requests.append(request)
        body = json.dumps({"access_token": "granted-and-made-up", "token_type": "Bearer"}).encode()
        response = Response(self.status, (("Content-Type", "application/json"),), body)
        return Exchange(request, response, "", datetime.now(UTC), 0.0)


@pytest.mark.parametrize(
    ("access", "expected"),
    [
        ({}, ()),
        ({"bearer": "a-made-up-token"}, (("Authorization", "Bearer a-made-up-token"),)),
        ({"basic": {"user": "suite", "password": "made:up"}}, (("Authorization", "Basic c3VpdGU6bWFkZTp1cA=="),)),
        ({"api_key": {"value": "a-made-up-key"}}, (("X-Api-Key", "a-made-up-key"),)),
        ({"api_key": {"header": "Key", "value": "a-made-up-key"}}, (("Key", "a-made-up-key"),)),
    ],
)
def test_each_kind_has_its_header(access: dict[str, Any], expected: tuple[tuple[str, str], ...]) -> None:
    """RFC 7617 and RFC 6750; without credentials there is none, and nobody is asked for a token."""
    server = TokenServer()
    assert carrying(server, Access.model_validate(access)) == expected
    assert server.requests == []


def test_two_kinds_are_one_too_many() -> None:
    with pytest.raises(ValueError, match="has bearer and token_endpoint; keep one of them"):
        Access.model_validate({"bearer": "a-made-up-token", "token_endpoint": True})


@pytest.mark.parametrize(("method", "in_form"), [("client_secret_basic", False), ("client_secret_post", True)])
def test_the_targets_own_token_endpoint_grants_a_token(method: str, in_form: bool) -> None:
    """By the client's usual way, with the scopes that are declared."""
    server = TokenServer()
    target = Target.model_validate({"token_endpoint": CLIENT | {"authentication": method}})

    headers = carrying(server, Access(token_endpoint=True), target.token_endpoint)

    assert headers == (("Authorization", "Bearer granted-and-made-up"),)
    (request,) = server.requests
    assert request.url == CLIENT["url"]
    assert (b"grant_type=client_credentials&scope=files+api" in request.body, b"client_secret" in request.body) == (
        True,
        in_form,
    )
    assert (("Authorization", "Basic YW4raWQ6cCUzQXNzK29mK21hZGUtdXA=") in request.headers) is not in_form


def test_without_a_token_endpoint_nothing_is_tested() -> None:
    """The line to add is named."""
    with pytest.raises(NotTested, match="no token endpoint") as caught:
        carrying(TokenServer(), Access(token_endpoint=True))
    assert caught.value.advice.startswith("token_endpoint: {url:")


def test_a_token_endpoint_that_refuses_leaves_it_open() -> None:
    target = Target.model_validate({"token_endpoint": CLIENT})
    with pytest.raises(Inconclusive, match="the token endpoint answered 403"):
        carrying(TokenServer(403), Access(token_endpoint=True), target.token_endpoint)


def test_a_role_is_called_with_its_own_credentials() -> None:
    """A role that asks for nothing, or that the target does not have, gets none."""
    target = Target.model_validate({"single_access": ORG, "token_endpoint": CLIENT})
    found = {name: authorization(TokenServer(), target, name) for name in ("single_access", "token_endpoint", "other")}
    assert found == {
        "single_access": (("Authorization", f"Bearer {ORG['token']}"),),
        "token_endpoint": (),
        "other": (),
    }
