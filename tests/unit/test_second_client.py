"""How a second client sends its secret: as the target file says, or in the first way that works."""

from typing import Any

import pytest

from conformance.config.roles import TokenEndpoint
from conformance.config.roles.token_endpoint import SecondClient
from conformance.redaction import Secret
from conformance.suites.client_credentials.declared import Declared


@pytest.mark.parametrize(
    ("said", "methods"),
    [
        (None, ("client_secret_basic", "client_secret_post")),
        ("client_secret_post", ("client_secret_post",)),
    ],
)
def test_a_way_that_is_not_said_is_looked_for(said: Any, methods: tuple[str, ...]) -> None:
    second = SecondClient(client_id="other", client_secret=Secret("a-made-up-secret"), authentication=said)
    role = TokenEndpoint(
        url="https://login.example.com/token",
        client_id="one",
        client_secret=Secret("another-made-up-secret"),
        second_client=second,
    )
    declared = Declared.__new__(Declared)
    declared.role = role
    assert declared.methods_of_second_client == methods
