"""Where a token comes from: the target file itself, or the token endpoint that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode

from conformance.exchange import Request
from conformance.expect import answer_to
from conformance.redaction import Secret
from conformance.verdict import Inconclusive

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.roles import TokenSource


class Send(Protocol):
    """What sends a request and keeps the exchange, as `Client.send` does."""

    def __call__(self, request: Request, *, retry: bool) -> Exchange:
        """Send it, and wait out an overload if `retry` says so."""


FORM = ("Content-Type", "application/x-www-form-urlencoded")


def obtain(send: Send, source: TokenSource) -> Secret:
    """A token from its source.

    Args:
        send: sends the token request, if the source is one.
        source: a token, or a form that a token endpoint answers with `access_token` (RFC 6749, section 5.1).

    Raises:
        Inconclusive: the token endpoint gave none.
    """
    if isinstance(source, Secret):
        return source
    form = {name: value.reveal() if isinstance(value, Secret) else value for name, value in source.form.items()}
    response = answer_to(send(Request("POST", source.url, (FORM,), urlencode(form).encode()), retry=True))
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
