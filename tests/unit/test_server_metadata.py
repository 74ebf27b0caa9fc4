"""What is wrong with the metadata of an authorization server is told so that its owner finds the place."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from conformance.config.roles import TokenEndpoint
from conformance.judging.matchers import CaseRecord, NonConformant
from conformance.redaction import Secret
from conformance.rules.outcome import Inconclusive
from conformance.suites.client_credentials.metadata import Document, Metadata

ISSUER = "https://login.example.com"
DEFAULT = "authorization_code, implicit, the default, as there is no grant_types_supported"


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({}, DEFAULT),
        ({"grant_types_supported": ["implicit", "password"]}, "implicit, password"),
        ({"grant_types_supported": []}, "none"),
    ],
)
def test_a_default_is_told_from_what_is_listed(
    members: dict[str, Any], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Metadata, "members", members | {"token_endpoint": f"{ISSUER}/token"})
    monkeypatch.setattr(Metadata, "exchange", None)
    role = TokenEndpoint(issuer=ISSUER, client_id="accounts", client_secret=Secret("a-made-up-secret"))
    server: Any = SimpleNamespace(
        role=role, case=CaseRecord(), metadata=Metadata(role, SimpleNamespace, {}), works=lambda: None
    )
    with pytest.raises(NonConformant, match=f"^in the metadata the grants are {why};"):
        Document(server).names_the_endpoint_and_the_grant()


def test_metadata_without_the_grant_is_right_where_nobody_gets_a_token_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses() -> None:
        raise Inconclusive("the plain token request is refused")

    monkeypatch.setattr(Metadata, "members", {"token_endpoint": f"{ISSUER}/token"})
    role = TokenEndpoint(issuer=ISSUER, client_id="accounts", client_secret=Secret("a-made-up-secret"))
    metadata = Metadata(role, SimpleNamespace, {})
    server: Any = SimpleNamespace(role=role, case=CaseRecord(), metadata=metadata, works=refuses)
    with pytest.raises(Inconclusive):
        Document(server).names_the_endpoint_and_the_grant()
