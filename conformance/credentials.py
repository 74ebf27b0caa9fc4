"""Where a token comes from: the target file itself, or the token endpoint that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from conformance.exchange import Request
from conformance.expect import answer_to
from conformance.redaction import Secret
from conformance.verdict import Inconclusive

if TYPE_CHECKING:
    from conformance.client import Client
    from conformance.roles import TokenSource

FORM = ("Content-Type", "application/x-www-form-urlencoded")


def obtain(client: Client, source: TokenSource) -> Secret:
    """A token from its source.

    Args:
        client: sends the token request, if the source is one.
        source: a token, or a form that a token endpoint answers with `access_token` (RFC 6749, section 5.1).

    Raises:
        Inconclusive: the token endpoint gave none.
    """
    if isinstance(source, Secret):
        return source
    form = {name: value.reveal() if isinstance(value, Secret) else value for name, value in source.form.items()}
    response = answer_to(client.send(Request("POST", source.url, (FORM,), urlencode(form).encode()), retry=True))
    try:
        answer = response.json()
    except ValueError:
        answer = None
    token = answer.get("access_token") if isinstance(answer, dict) else None
    if response.status != 200 or not isinstance(token, str) or not token:
        raise Inconclusive(
            f"the token endpoint answered {response.status} without an access_token: there is no token to try"
        )
    return Secret(token)
