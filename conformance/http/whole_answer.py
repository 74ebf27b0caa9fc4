"""The whole answer of an exchange, or why there is none."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from conformance.rules.outcome import Inconclusive

if TYPE_CHECKING:
    from conformance.http.exchange import Exchange, Response

UNKNOWN_CA = "tls: {ca: ca.pem}, with the certificate of the authority that signed the server's"
"""The line of the target file for a server whose certificate nobody vouches for."""


def answer_to(exchange: Exchange) -> Response:
    """The whole answer of an exchange.

    Raises:
        Inconclusive: none came, or it was cut off, so there is nothing to judge.
    """
    if exchange.response is None or exchange.problem:
        problem = exchange.problem or "the connection was closed"
        unknown_ca = "issuer certificate" in problem or "self-signed certificate" in problem
        raise Inconclusive(f"no whole answer came: {problem}", UNKNOWN_CA if unknown_ca else "", (exchange,))
    return exchange.response


def clock_of(exchange: Exchange) -> float:
    """The time of the server's own clock when it answered, in seconds since 1970; of ours where it does not say."""
    said = answer_to(exchange).header("date")
    try:
        return parsedate_to_datetime(said or "").timestamp()
    except ValueError:
        return exchange.started.timestamp()
