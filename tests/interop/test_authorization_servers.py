"""The suite of client credentials against real authorization servers: the exact set of what is not a pass."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from conformance.rules.outcome import Outcome
from tests.interop.servers import (
    API,
    CLIENT_SECRET,
    OAUTH2_MOCK_SERVER,
    OIDC_PROVIDER,
    SECOND_SECRET,
    TS_OAUTH2_SERVER,
    django_oauth_toolkit,
    doorkeeper,
    nanoidp,
    node_server,
)
from tests.interop.servers.glewlwyd import glewlwyd
from tests.suite import run_suite

pytestmark = pytest.mark.proves("client_credentials")

SUITE = str(Path(__file__).parents[2] / "conformance" / "suites" / "client_credentials")
LIMITS = {
    "requests_per_second": 500,
    "requests": 20_000,
    # A loaded machine makes the first answer of a framework take long; no time is judged here.
    "connect_seconds": 60,
    "read_seconds": 300,
    "total_seconds": 600,
}


def not_passed(folder: Path, role: dict[str, object]) -> dict[str, Outcome]:
    """Run the family against one server and return what did not pass, by requirement."""
    target = folder / "server.yaml"
    target.write_text(yaml.safe_dump({"name": "server", "token_endpoint": role, "limits": LIMITS}), "utf-8")
    environ = {"CLIENT_SECRET": CLIENT_SECRET, "SECOND_SECRET": SECOND_SECRET}
    result = run_suite(folder, f"--target={target}", "--depth=quick", SUITE, environ=environ)
    assert "server" in result.outcomes, result.output
    return {r: o for r, o in sorted(result.outcomes["server"].items()) if o is not Outcome.PASSED}


def role_of(issuer: str, **more: object) -> dict[str, object]:
    """What a target file says about a server that is known by its issuer."""
    return {"issuer": issuer, "client_id": "accounts-client", "client_secret": "${CLIENT_SECRET}", **more}


SECOND = {"client_id": "second client:1", "client_secret": "${SECOND_SECRET}"}
ASKING_FOR_AN_API = {"scopes": ["accounts.read", "api"], "audience": API, "audience_parameter": "resource"}

NOT_DECLARED = (
    *("CCS-40", "CCS-42", "CCS-47", "CCS-48", "CCS-49", "CCS-57", "CCS-58"),
    *("CCS-76", "CCS-79", "CCS-80"),
)
"""What no target here has: a required audience, custom parameters, resources, what is Salesforce's own, assertions of
the client, and tokens of users."""

NO_AUDIENCES = ("CCS-38", "CCS-39", "CCS-41")
TWO_METHODS = {"further_methods": ["client_secret_post"], "scopes": ["accounts.read", "api"]}
SECOND_BY_FORM = {**SECOND, "authentication": "client_secret_post"}


def outcomes(
    *,
    failed: tuple[str, ...] = (),
    warned: tuple[str, ...] = (),
    differs: tuple[str, ...] = (),
    inconclusive: tuple[str, ...] = (),
    not_tested: tuple[str, ...] = (),
    not_applicable: tuple[str, ...] = (),
) -> dict[str, Outcome]:
    """The expected outcomes by requirement."""
    found = dict.fromkeys((*NOT_DECLARED, *not_tested), Outcome.NOT_TESTED)
    found |= dict.fromkeys(not_applicable, Outcome.NOT_APPLICABLE)
    found |= dict.fromkeys(failed, Outcome.FAILED) | dict.fromkeys(warned, Outcome.WARNED)
    found |= dict.fromkeys(differs, Outcome.DIFFERS) | dict.fromkeys(inconclusive, Outcome.INCONCLUSIVE)
    return dict(sorted(found.items()))


@pytest.mark.parametrize("tokens", ["jwt", "opaque"])
def test_oidc_provider(tmp_path: Path, tokens: str) -> None:
    """Unusable scopes alone lead to a token, and the answer does not say that they are left out.

    Its 401 to form credentials has no challenge. RFC 9110, 15.5.2: a server that answers 401 sends WWW-Authenticate.
    """
    with node_server(OIDC_PROVIDER, "oidc_provider.mjs", FORMAT=tokens) as issuer:
        role = role_of(issuer, **ASKING_FOR_AN_API, refused_scopes=["admin"], second_client=SECOND)
        found = not_passed(tmp_path, role)
    if tokens == "jwt":  # which it neither introspects nor revokes
        surroundings = (
            *("CCS-51", "CCS-52", "CCS-53", "CCS-54", "CCS-56"),
            *("CCS-63", "CCS-64", "CCS-66", "CCS-68", "CCS-72"),
        )
        untested = ("CCS-34", "CCS-55")
    else:
        surroundings, untested = (), ("CCS-34", "CCS-50")
    expected = outcomes(
        failed=("CCS-37",), warned=("CCS-69",), differs=("CCS-03",), inconclusive=surroundings, not_tested=untested
    )

    assert found == expected


def test_oauth2_mock_server(tmp_path: Path) -> None:
    """It knows no clients, so whatever depends on them cannot be told from an open door."""
    with node_server(OAUTH2_MOCK_SERVER, "oauth2_mock_server.mjs") as issuer:
        found = not_passed(tmp_path, role_of(issuer, scopes=["accounts.read"]))
    expected = outcomes(
        failed=(
            *("CCS-12", "CCS-13", "CCS-14", "CCS-19", "CCS-21", "CCS-23", "CCS-24", "CCS-25", "CCS-26", "CCS-28"),
            *("CCS-30", "CCS-43", "CCS-64", "CCS-68", "CCS-82"),
        ),
        warned=(
            *("CCS-27", "CCS-33", "CCS-34", "CCS-52", "CCS-53", "CCS-54"),
            *("CCS-65", "CCS-66", "CCS-75", "CCS-78", "CCS-86"),
        ),
        differs=("CCS-07", "CCS-15", "CCS-44", "CCS-61"),
        inconclusive=(
            *("CCS-01", "CCS-02", "CCS-03", "CCS-04", "CCS-05", "CCS-06", "CCS-08", "CCS-09", "CCS-11", "CCS-16"),
            *("CCS-17", "CCS-22", "CCS-29", "CCS-35", "CCS-36", "CCS-37", "CCS-46", "CCS-50", "CCS-55", "CCS-59"),
            *("CCS-60", "CCS-62", "CCS-69", "CCS-70", "CCS-74", "CCS-77", "CCS-81", "CCS-83", "CCS-84"),
            "CCS-87",
        ),
        not_tested=("CCS-20", "CCS-38", "CCS-39", "CCS-41", "CCS-56"),
    )

    assert found == expected


def test_nanoidp(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """It guesses a missing grant_type, lets parameters repeat, and takes Basic credentials as they stand.

    It repeats a refused scope in error_description, with whatever characters it has. RFC 6749, 5.2: 'Values for the
    "error_description" parameter MUST NOT include characters outside the set %x20-21 / %x23-5B / %x5D-7E.'
    """
    with nanoidp(tmp_path_factory.mktemp("nanoidp")) as issuer:
        role = role_of(issuer, **ASKING_FOR_AN_API, refused_scopes=["admin"], second_client=SECOND)
        found = not_passed(tmp_path, role)

    assert found == outcomes(
        failed=("CCS-10", "CCS-12", "CCS-13", "CCS-20", "CCS-67"),
        warned=("CCS-59", "CCS-65", "CCS-66", "CCS-73"),
        differs=("CCS-15", "CCS-71"),
        inconclusive=("CCS-56",),
    )


def test_django_oauth_toolkit(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """It challenges Basic credentials with Bearer, lets parameters repeat, and answers introspection by GET.

    RFC 6749, 5.2: a client that used the Authorization header is answered 401, with a challenge that matches its
    scheme. RFC 7662, 2.3: credentials that are wrong are answered 401, and not 403.
    """
    with django_oauth_toolkit(tmp_path_factory.mktemp("django")) as issuer:
        found = not_passed(tmp_path, role_of(issuer, **TWO_METHODS, refused_scopes=["admin"], second_client=SECOND))

    assert found == outcomes(
        failed=("CCS-10", "CCS-11", "CCS-12", "CCS-13", "CCS-22", "CCS-60", "CCS-62", "CCS-68"),
        warned=("CCS-09", "CCS-27"),
        differs=("CCS-71", "CCS-72"),
        not_tested=(*NO_AUDIENCES, "CCS-50"),
    )


def test_doorkeeper(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """It merges query, form and JSON as Rails does, and takes Basic credentials as they stand.

    RFC 6749, 2.3.1: credentials are never included in the address. RFC 7009 and RFC 7662, 2.1: token is required.
    """
    with doorkeeper(tmp_path_factory.mktemp("doorkeeper")) as base_url:
        paths = {"url": "token", "introspection_url": "introspect", "revocation_url": "revoke"}
        role = role_of(base_url, **TWO_METHODS, refused_scopes=["admin"], second_client=SECOND_BY_FORM)
        del role["issuer"]
        role |= {name: f"{base_url}/oauth/{path}" for name, path in paths.items()}
        found = not_passed(tmp_path, {**role, "absent": ["metadata"]})

    assert found == outcomes(
        failed=("CCS-10", "CCS-19", "CCS-20", "CCS-22", "CCS-60", "CCS-62"),
        warned=("CCS-27", "CCS-65", "CCS-66", "CCS-73"),
        differs=("CCS-15", "CCS-61", "CCS-71"),
        not_tested=(*NO_AUDIENCES, "CCS-50"),
        not_applicable=("CCS-31", "CCS-32", "CCS-33", "CCS-34", "CCS-79", "CCS-85"),
    )


def test_glewlwyd(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """It refuses with 403 and no words, and looks for tokens of the hinted type alone.

    RFC 6749, 5.2: a refusal is 400 or 401, and its body is JSON with error. RFC 7009, 2.1: where a token is not found
    by the hint, the search extends across all types.
    """
    with glewlwyd(tmp_path_factory.mktemp("glewlwyd")) as issuer:
        role = role_of(issuer, **TWO_METHODS, refused_scopes=["admin"], second_client=SECOND_BY_FORM)
        found = not_passed(tmp_path, role)

    assert found == outcomes(
        failed=(
            *("CCS-10", "CCS-12", "CCS-13", "CCS-14", "CCS-20", "CCS-21", "CCS-22", "CCS-25", "CCS-37", "CCS-43"),
            *("CCS-60", "CCS-62", "CCS-64", "CCS-67"),
        ),
        warned=("CCS-27", "CCS-32", "CCS-56", "CCS-74", "CCS-75"),
        differs=("CCS-61",),
        not_tested=NO_AUDIENCES,
    )


def test_ts_oauth2_server(tmp_path: Path) -> None:
    """It revokes tokens of the hinted type alone, answers 200 to each revocation, and challenges nobody.

    RFC 7009, 2.2: 'An invalid token type hint value is ignored'; 2.1: the token is required, and the client proves who
    it is. RFC 9110, 15.5.2: a server that answers 401 sends WWW-Authenticate.
    """
    with node_server(TS_OAUTH2_SERVER, "ts_oauth2_server.mjs") as base_url:
        role = role_of(base_url, **TWO_METHODS, refused_scopes=["admin"], second_client=SECOND_BY_FORM)
        del role["issuer"]
        paths = {"url": "token", "introspection_url": "token/introspect", "revocation_url": "token/revoke"}
        role |= {name: f"{base_url}/{path}" for name, path in paths.items()}
        found = not_passed(tmp_path, {**role, "absent": ["metadata"]})

    assert found == outcomes(
        failed=("CCS-10", "CCS-12", "CCS-13", "CCS-20", "CCS-22", "CCS-60", "CCS-62", "CCS-64", "CCS-67"),
        warned=("CCS-27", "CCS-59", "CCS-63", "CCS-65", "CCS-69", "CCS-78"),
        differs=("CCS-15", "CCS-29", "CCS-44"),
        not_tested=(*NO_AUDIENCES, "CCS-50"),
        not_applicable=("CCS-31", "CCS-32", "CCS-33", "CCS-34", "CCS-79", "CCS-85"),
    )
