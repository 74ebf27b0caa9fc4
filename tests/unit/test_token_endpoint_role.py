"""The role of a token endpoint in a target file: presets, methods of authentication, custom parameters."""

import base64
import hashlib
import re
import ssl
from pathlib import Path

import pytest
import trustme
import yaml
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from conformance.config.presets import Preset, preset_files
from conformance.config.roles import TokenEndpoint
from conformance.config.target import Capabilities, Target, load_target
from conformance.documents import UsageProblem
from conformance.documents import load as load_file
from conformance.redaction import Secret
from conformance.suites.client_credentials.assertions import Assertions
from conformance.suites.client_credentials.metadata import places
from conformance.suites.client_credentials.token_requests import SPELLINGS, plain_request

ENVIRON = {"CLIENT_SECRET": "a made-up: secret/1", "API_KEY": "made-up-key"}


def load(folder: Path, *lines: str) -> Target:
    path = folder / "acme.yaml"
    role = "\n  ".join(("client_id: made-up", "client_secret: ${CLIENT_SECRET}", *lines))
    path.write_text(f"token_endpoint:\n  {role}\n")
    return load_target(str(path), ENVIRON)


def problem(folder: Path, *lines: str) -> str:
    with pytest.raises(UsageProblem) as caught:
        load(folder, *lines)
    assert ENVIRON["CLIENT_SECRET"] not in str(caught.value)
    (found,) = caught.value.problems
    return found


@pytest.mark.parametrize("name", preset_files())
def test_a_preset_makes_a_target_of_five_lines(tmp_path: Path, name: str) -> None:
    role = load(tmp_path, f"provider: {name}", "tenant: acme.example.com").token_endpoint
    assert role is not None
    assert role.address.startswith("https://")
    assert "acme.example.com" in role.address
    assert "{tenant}" not in role.model_dump_json()
    assert load_file(preset_files()[name], Preset).provider == name


def test_the_guide_explains_every_field_with_an_example() -> None:
    text = (Path(__file__).parents[2] / "docs" / "identity-provider.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| .+ \| `(.+)` \|$", text, re.MULTILINE))
    assert set(rows) == set(TokenEndpoint.model_fields) - {"absent"}
    assert {name: next(iter(yaml.safe_load(row))) for name, row in rows.items()} == {name: name for name in rows}


def test_the_target_file_has_the_last_word(tmp_path: Path) -> None:
    role = load(tmp_path, "provider: auth0", "tenant: acme.example.com", "url: https://b.example.com/t").token_endpoint
    assert role is not None
    assert (role.url, role.audience_parameter) == ("https://b.example.com/t", "audience")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("provider: autho", "tenant: a"), "provider: there is no preset 'autho'; did you mean auth0?"),
        (
            ("provider: auth0", "tenant: https://acme.eu.auth0.com/"),
            "tenant: is written as an address; write acme.eu.auth0.com: it is the tenant's domain",
        ),
        (("token_url: https://b.example.com/t",), "token_url: write url, the address of the token endpoint"),
        (("issuer_url: https://b.example.com",), "issuer_url: write issuer"),
        (("base_url: https://b.example.com",), "base_url: write issuer, if it is the address of the server, or url"),
        (("provider: auth0",), "tenant: is missing; it is the tenant's domain, such as acme.eu.auth0.com"),
        ((), "needs the address of the token endpoint"),
        (("url: https://a.example.com", "authentication: private_key_jwt"), "private_key_jwt needs a private_key"),
        (("url: https://a.example.com", "audience_parameter: ''"), "audience_parameter"),
    ],
)
def test_a_mistake_is_told_with_the_way_out(tmp_path: Path, lines: tuple[str, ...], said: str) -> None:
    assert said in problem(tmp_path, *lines)


def test_a_custom_parameter_is_a_secret_where_it_is_a_reference(tmp_path: Path) -> None:
    places = "parameters: {header: {X-Api-Key: '${API_KEY}', X-Tenant: acme}, query: {api-version: '1'}}"
    target = load(tmp_path, "url: https://a.example.com/token", places)
    assert target.token_endpoint is not None
    assert target.token_endpoint.parameters.header == {"X-Api-Key": Secret("made-up-key"), "X-Tenant": "acme"}
    ask = plain_request(target.token_endpoint)
    assert ask.encoded_query() == "api-version=1"
    assert dict(ask.headers)["X-Tenant"] == "acme"
    assert "made-up-key" not in repr(ask)


def test_the_plain_request_asks_for_scopes_and_audience(tmp_path: Path) -> None:
    lines = ("scopes: [a, b]", "audience: https://api.example.com/?x=1&y=2", "audience_parameter: resource")
    role = load(tmp_path, "url: https://a.example.com/token", *lines).token_endpoint
    assert role is not None
    body = plain_request(role).encoded_body().decode()
    resource = "https%3A%2F%2Fapi.example.com%2F%3Fx%3D1%26y%3D2"
    assert body == f"grant_type=client_credentials&scope=a+b&resource={resource}"


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_spelling_changes_the_bytes_and_not_the_value(spelling: object) -> None:
    from urllib.parse import parse_qsl

    text = "https://a.example.com/?x=1&y=ü+ %20"
    assert parse_qsl(f"v={spelling.encode(text)}") == [("v", text)]  # type: ignore[attr-defined] # a Spelling


def test_metadata_stands_before_or_behind_the_path_of_the_issuer() -> None:
    assert places("https://a.example.com/realms/x") == (
        "https://a.example.com/.well-known/oauth-authorization-server/realms/x",
        "https://a.example.com/realms/x/.well-known/openid-configuration",
    )


def test_http_is_unwise_for_a_token_endpoint_too(tmp_path: Path) -> None:
    (warning,) = load(tmp_path, "url: http://a.example.com/token").warnings
    assert "acme.yaml:4: token_endpoint.url: tokens are sent over http" in warning


@pytest.mark.parametrize(
    ("tenant", "host"),
    [("acme.my.salesforce.com", "login"), ("acme--dev.sandbox.my.salesforce.com", "test")],
)
def test_a_sandbox_of_salesforce_has_another_login_host(tmp_path: Path, tenant: str, host: str) -> None:
    role = load(tmp_path, "provider: salesforce", f"tenant: {tenant}").token_endpoint
    assert role is not None
    assert role.login_url == f"https://{host}.salesforce.com/services/oauth2/token"


def test_a_preset_is_a_dialect_unless_the_file_names_another(tmp_path: Path) -> None:
    target = load(tmp_path, "provider: okta", "tenant: acme.okta.com/oauth2/default")
    assert target.dialect == "okta"
    other = target.model_copy(update={"capabilities": Capabilities(dialect="salesforce")})
    assert other.dialect == "salesforce"


def test_a_dialect_of_nobody_is_told_with_the_nearest(tmp_path: Path) -> None:
    said = problem(tmp_path, "url: https://a.example.com/token\ncapabilities: {dialect: salesfroce}")
    assert "capabilities.dialect: there is no dialect 'salesfroce'; did you mean salesforce?" in said


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
def test_an_assertion_is_signed_as_the_file_says_and_names_the_thumbprint(tmp_path: Path, algorithm: str) -> None:
    key = ECKey.generate_key("P-256") if algorithm == "ES256" else RSAKey.generate_key(2048)
    (tmp_path / "key.pem").write_bytes(key.as_pem(private=True))
    certificate = trustme.CA().cert_pem.bytes()
    (tmp_path / "certificate.pem").write_bytes(certificate)
    given = ("private_key: file:key.pem", "certificate: certificate.pem", f"signing_algorithm: {algorithm}")
    role = load(tmp_path, "url: https://a.example.com/token", "authentication: private_key_jwt", *given).token_endpoint
    assert role is not None

    assertion = Assertions(role, "https://a.example.com/token").make("private_key_jwt")

    read = jwt.decode(assertion.reveal(), key, algorithms=[algorithm])
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate.decode())).digest()
    assert read.header["x5t#S256"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert read.claims["aud"] == "https://a.example.com/token"
