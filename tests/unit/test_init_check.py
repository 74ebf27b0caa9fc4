"""`seasonproof init --check`: each credential is shown as its role shows it, and only what was seen is said."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from conformance.commands.init.checking import check_credentials
from tests.unit.init_servers import JSON, Canned, canned

BASIC = "Basic Zmxvdzptb29ubGlnaHQ="  # flow:moonlight
TOKEN: Canned = (200, JSON, '{"access_token": "made-up-token", "token_type": "Bearer"}')
METADATA: Canned = (200, JSON, '{"issuer": "{url}", "token_endpoint": "{url}/token"}')


def check(folder: Path, text: str) -> tuple[bool, str]:
    """Whether no credential of a target file is refused, and what is said."""
    file = folder / "acme.yaml"
    file.write_text("name: acme\n" + textwrap.dedent(text), "utf-8")
    said: list[str] = []
    return check_credentials(str(file), said.append), "\n".join(said)


def guarded(proves: Callable[[str, Mapping[str, str]], bool], status: int) -> Callable[..., Canned | None]:
    """A door that lets nobody in without a proof."""
    return lambda path, headers: None if proves(path, headers) else (status, {}, "no")


def test_a_client_is_tried_at_the_token_endpoint_that_the_metadata_of_its_issuer_names(tmp_path: Path) -> None:
    with canned({"GET /.well-known/openid-configuration": METADATA, "POST /token": TOKEN}) as server:
        works, said = check(
            tmp_path, f"token_endpoint: {{issuer: '{server.url}', client_id: accounts, client_secret: moonlight}}"
        )
    assert (works, said) == (
        True,
        "token_endpoint.client_secret: a token was fetched; only a run shows what it opens",
    )


def test_a_refusal_is_told_with_its_error_which_may_not_be_that_of_the_secret(tmp_path: Path) -> None:
    refusal: Canned = (400, JSON, '{"error": "invalid_target"}')
    with canned({"POST /token": refusal}) as server:
        works, said = check(
            tmp_path, f"token_endpoint: {{url: '{server.url}/token', client_id: accounts, client_secret: moonlight}}"
        )
    assert not works
    assert "the token endpoint answered 400 and the error invalid_target, without an access_token" in said


@pytest.mark.parametrize(
    ("metadata", "why"),
    [
        ((200, JSON, '{"issuer": "{url}", "token_endpoint": "https://other.example.com/token"}'), "at another origin"),
        ((200, JSON, '{"issuer": "{url}/realm", "token_endpoint": "{url}/token"}'), "of another issuer"),
        ((200, JSON, '{"issuer": "{url}"}'), "names no token endpoint"),
        ((404, JSON, "{}"), "no metadata was found"),
    ],
)
def test_metadata_that_cannot_be_trusted_gets_no_credentials(tmp_path: Path, metadata: Canned, why: str) -> None:
    with canned({"GET /.well-known/openid-configuration": metadata, "POST /token": TOKEN}) as server:
        works, said = check(
            tmp_path, f"token_endpoint: {{issuer: '{server.url}', client_id: accounts, client_secret: moonlight}}"
        )
    assert not works
    assert why in said
    assert {method for method, _, _ in server.asked} == {"GET"}


@pytest.mark.parametrize(
    ("access", "proves"),
    [
        ("{query: 'sig=moonlight'}", lambda path, headers: path.endswith("?sig=moonlight")),
        ("{basic: {user: flow, password: moonlight}}", lambda path, headers: headers.get("authorization") == BASIC),
        (
            "{aws: {key_id: AKIAIOSFODNN7EXAMPLE, secret: moonlight, region: eu-central-1}}",
            lambda path, headers: "Signature=" in headers.get("authorization", ""),
        ),
    ],
)
@pytest.mark.parametrize("status", [401, 403])
def test_a_file_service_is_asked_for_a_file_as_a_run_asks(
    tmp_path: Path, access: str, proves: Callable[[str, Mapping[str, str]], bool], status: int
) -> None:
    with canned({"GET /": (200, {}, "a page for everybody")}, guarded(proves, status)) as server:
        works, said = check(tmp_path, f"file_service: {{url: '{server.url}/files/{{name}}', access: {access}}}")
    assert works, said
    assert "answers 404 with it" in said
    assert "without it" not in said
    assert all(path.startswith("/files/seasonproof-") for _, path, _ in server.asked)


def test_the_headers_of_a_file_service_go_along(tmp_path: Path) -> None:
    door = guarded(lambda path, headers: headers.get("x-ms-version") == "2021-12-02", 403)
    with canned({}, door) as server:
        works, said = check(
            tmp_path,
            f"""
            file_service:
              url: {server.url}/files/{{name}}
              headers: {{x-ms-version: '2021-12-02'}}
              access: {{bearer: moonlight}}
            """,
        )
    assert works
    assert "only a run shows whether it works" in said  # the header lets everybody in


@pytest.mark.parametrize("page", [(200, {}, "for everybody"), (404, {}, "not here"), (405, {}, "not so")])
def test_what_everybody_is_answered_says_nothing_of_a_credential(tmp_path: Path, page: Canned) -> None:
    with canned({"GET /me": page}) as server:
        works, said = check(
            tmp_path,
            f"""
            business_system:
              base_url: {server.url}
              access: {{basic: {{user: flow, password: moonlight}}}}
              create: {{path: /accounts}}
              check: {{path: /me}}
            """,
        )
    assert works
    told = f"only a run shows whether it works: GET {server.url}/me answers {page[0]} with it, and without it too"
    assert said == f"business_system.access: it is a fixed value; {told}"


def test_a_business_system_is_asked_what_tests_its_connection(tmp_path: Path) -> None:
    door = guarded(lambda path, headers: path == "/" or headers.get("authorization") == BASIC, 401)
    answers = {"GET /": (200, {}, "a page"), "GET /accounts?limit=1": (200, JSON, "[]")}
    for password, expected in (("moonlight", True), ("sunlight", False)):
        with canned(answers, door) as server:
            works, said = check(
                tmp_path,
                f"""
                business_system:
                  base_url: {server.url}
                  access: {{basic: {{user: flow, password: {password}}}}}
                  create: {{path: /accounts}}
                  poll: {{path: /accounts, query: {{since: '{{since}}', limit: '{{size}}'}}, items: '$[*]'}}
                  modified: $.modified
                """,
            )
        assert works is expected, said
        assert f"/accounts?limit=1 answers {200 if expected else 401} with it" in said


def test_a_file_without_credentials_is_said_to_have_none(tmp_path: Path) -> None:
    with canned({}) as server:
        works, said = check(tmp_path, f"file_service: {{url: '{server.url}/{{name}}', absent: [credentials]}}")
    assert (works, said) == (True, f"{tmp_path / 'acme.yaml'} has no credentials, so there is nothing to try")
