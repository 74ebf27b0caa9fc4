"""Uploads in two steps: a POST gives the address of the PUT."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from conformance.http.exchange import Request
from conformance.http.transport.address import parse_address
from conformance.rules import file_answer
from conformance.rules.outcome import Inconclusive
from conformance.suites.binary_files.callers import with_query

if TYPE_CHECKING:
    from conformance.config.roles import Begin
    from conformance.http.exchange import Exchange
    from conformance.suites.binary_files.remote_file import RemoteFile


def first_step(begin: Begin, file: RemoteFile) -> Request:
    """The POST that asks for an address."""
    url = begin.url.replace("{name}", file.segment)
    if not begin.body:
        return Request("POST", url)
    name = json.dumps(file.name)[1:-1]  # it stands inside a string of JSON
    return Request("POST", url, (("Content-Type", "application/json"),), begin.body.replace("{name}", name).encode())


def address_in(begin: Begin, begun: Exchange, file: RemoteFile) -> str:
    """The address of the PUT that the answer gives.

    Raises:
        Inconclusive: it gives none.
    """
    at = f"at {begin.at}" if begin.at else "in Location"
    response = begun.response
    given = file_answer.id_in(response, begin.at) if begin.at else response and response.header("location")
    try:
        url = urljoin(begun.request.url.partition("?")[0], given or "")
        parse_address(url)
    except ValueError:
        given = None
    if not given:
        raise Inconclusive(f"the POST that begins an upload gives no address {at}", "", (begun,))
    return with_query(url, begin.query.replace("{name}", file.segment))
