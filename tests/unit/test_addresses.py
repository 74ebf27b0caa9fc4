"""Addresses are taken apart, and redirects are followed as far as the origin goes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from conformance.http.exchange import Exchange, Request, Response
from conformance.http.transport.address import parse_address, redirected

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "origin", "target"),
    [
        ("https://Acme.Example.com/A?b", ("https", "acme.example.com", 443), "/A?b"),
        ("HTTP://acme.example.com:8080", ("http", "acme.example.com", 8080), "/"),
        ("http://[::1]:8080?x", ("http", "[::1]", 8080), "/?x"),
        ("https://b\u00fccher.example.com/", ("https", "xn--bcher-kva.example.com", 443), "/"),
    ],
)
def test_addresses_are_taken_apart(url: str, origin: tuple[str, str, int], target: str) -> None:
    address = parse_address(url)
    assert (address.origin, address.target) == (origin, target)


def redirect(code: int, location: str, method: str = "GET", *hosts: str) -> Request | None:
    headers = (("Authorization", "Bearer x"), ("Cookie", "a=b"), ("Content-Type", "text/plain"))
    request = Request(method, "https://acme.example.com/a/b?c", headers, b"body")
    response = Response(code, (("Location", location),))
    return redirected(Exchange(request, response, "", NOW, 0.1), hosts)


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/x", "https://acme.example.com/x"),
        ("x?y=%61;z#f", "https://acme.example.com/a/x?y=%61;z"),
        ("?q", "https://acme.example.com/a/b?q"),
        ("https://ACME.example.com:443/x", "https://ACME.example.com:443/x"),
        ("//acme.example.com/\u00e9", "https://acme.example.com/%C3%A9"),
    ],
)
def test_a_redirect_of_the_same_origin_is_followed(location: str, url: str) -> None:
    request = redirect(302, location)
    assert request is not None
    assert request.url == url
    assert request.headers == (("Authorization", "Bearer x"), ("Content-Type", "text/plain"))


@pytest.mark.parametrize(
    ("code", "method", "expected"),
    [(301, "POST", "GET"), (302, "POST", "GET"), (303, "PUT", "GET"), (303, "HEAD", "HEAD"), (307, "POST", "POST")],
)
def test_the_method_of_a_redirect_is_that_of_browsers(code: int, method: str, expected: str) -> None:
    request = redirect(code, "/x", method)
    assert request is not None
    assert request.method == expected
    assert bool(request.body) == (expected in (method,))


@pytest.mark.parametrize(
    ("code", "location"),
    [
        (200, "/x"),
        (304, "/x"),
        (302, "http://acme.example.com/"),
        (302, "https://acme.example.com:444/"),
        (302, "//evil"),
    ],
)
def test_nothing_else_is_followed(code: int, location: str) -> None:
    assert redirect(code, location) is None


def test_a_redirect_to_a_host_that_is_named_is_followed_without_the_token() -> None:
    request = redirect(302, "https://site.example.com/x", "GET", "site.example.com")
    assert request is not None
    assert (request.url, request.headers) == ("https://site.example.com/x", (("Content-Type", "text/plain"),))
    assert redirect(302, "http://site.example.com/x", "GET", "site.example.com") is None
    assert redirect(302, "https://site.example.com.evil.example/x", "GET", "site.example.com") is None
