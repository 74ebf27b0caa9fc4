"""Target files: roles, limits, and secrets by reference only."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.config.roles import TokenRequest
from conformance.config.target import Target, load_target, role_names
from conformance.documents import UsageProblem
from conformance.redaction import Secret

TOKEN = "00Dxx0000001gPL!AQcAQMadeUpForThisTest"
ENVIRON = {"ACME_TOKEN": TOKEN, "EMPTY": "", "SPACED": "two words"}

type Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a target file whose role has these further lines, and whose end is `rest`."""

    def write(*lines: str, rest: str = "", name: str = "acme", token: str = "token: ${ACME_TOKEN}") -> str:
        role = "\n  ".join(["base_url: https://acme.my.salesforce.com", *filter(None, [token]), *lines])
        path = tmp_path / f"{name}.yaml"
        path.write_text(f"single_access:\n  {role}\n{rest}\n")
        return str(path)

    return write


def problems_of(path: str) -> list[str]:
    with pytest.raises(UsageProblem) as caught:
        load_target(path, ENVIRON)
    text = str(caught.value)
    assert TOKEN not in text
    assert "two words" not in text
    return [problem.replace(os.path.dirname(path) + "/", "") for problem in caught.value.problems]


def test_what_a_file_leaves_out_has_defaults(write: Write) -> None:
    path = write()
    target = load_target(path, ENVIRON)
    assert (target.name, target.source, target.roles) == ("acme", path, frozenset({"single_access"}))
    assert target.warnings == ()
    assert target.single_access is not None
    assert target.single_access.path == "/services/oauth2/singleaccess"
    assert target.single_access.landing_path == "/lightning/page/home"
    assert target.single_access.session_cookie == "sid"
    assert (target.limits.requests, target.limits.total_seconds, target.limits.body_bytes) == (10_000, 30, 1_048_576)
    assert not target.capabilities.disposable


def test_a_token_from_the_environment_is_a_secret(write: Write) -> None:
    target = load_target(write(), ENVIRON)
    assert target.single_access is not None
    assert target.single_access.token == Secret(TOKEN)
    assert TOKEN not in f"{target!r} {target} {target.model_dump_json()}"


def test_a_token_from_a_file_loses_its_last_line_break(write: Write, tmp_path: Path) -> None:
    (tmp_path / "token.txt").write_text(TOKEN + "\n")
    target = load_target(write(token="token: file:token.txt"), ENVIRON)
    assert target.single_access is not None
    assert target.single_access.token == Secret(TOKEN)


def test_a_token_request_keeps_its_public_fields_readable(write: Write) -> None:
    form = "{grant_type: client_credentials, client_id: made-up, client_secret: '${ACME_TOKEN}'}"
    path = write(token="token: {url: https://acme.my.salesforce.com/token, form: " + form + "}")
    target = load_target(path, ENVIRON)
    assert target.single_access is not None
    source = target.single_access.token
    assert isinstance(source, TokenRequest)
    assert source.form["client_id"] == "made-up"
    assert source.form["client_secret"] == Secret(TOKEN)


@pytest.mark.parametrize(
    ("written", "token"),
    [
        ("${UNSET:-default-token}", "default-token"),
        ("${EMPTY:-default-token}", "default-token"),
        ("${ACME_TOKEN:-default-token}", TOKEN),
        ("a-${ACME_TOKEN}-z", f"a-{TOKEN}-z"),
        ("'$${ACME_TOKEN}'", "${ACME_TOKEN}"),
    ],
)
def test_a_reference_is_replaced_once(write: Write, written: str, token: str) -> None:
    target = load_target(write(token=f"token: {written}"), ENVIRON)
    assert target.single_access is not None
    assert target.single_access.token == Secret(token)


def test_a_reference_may_stand_in_any_field(write: Write) -> None:
    path = write(rest="limits: {requests: '${COUNT}'}\ncapabilities: {disposable: '${YES:-true}'}")
    target = load_target(path, ENVIRON | {"COUNT": "7"})
    assert target.limits.requests == 7
    assert target.capabilities.disposable


def test_the_environment_is_not_replaced_again(write: Write) -> None:
    target = load_target(write(), {"ACME_TOKEN": "${OTHER}-and-more"})
    assert target.single_access is not None
    assert target.single_access.token == Secret("${OTHER}-and-more")


def test_a_secret_in_the_file_loads_with_a_warning_that_does_not_show_it(write: Write) -> None:
    (warning,) = load_target(write(token=f"token: {TOKEN}"), {}).warnings
    assert warning.endswith(
        "acme.yaml:3: single_access.token: the secret is in the file itself; write ${ACME_TOKEN} or file:… instead"
    )
    assert TOKEN not in warning


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("tls: {verify: false}", "tls.verify: the certificate is not checked"),
        ("capabilities: {disposable: true}", None),
    ],
)
def test_what_is_unwise_is_a_warning(write: Write, rest: str, said: str | None) -> None:
    warnings = load_target(write(rest=rest), ENVIRON).warnings
    assert [said in warning for warning in warnings if said] == ([True] if said else [])


def test_http_is_unwise_beyond_loopback(tmp_path: Path) -> None:
    path = tmp_path / "acme.yaml"
    for host, unwise in (("acme.example.com", 1), ("127.0.0.1:8080", 0), ("localhost", 0), ("[::1]:80", 0)):
        path.write_text(f"single_access: {{base_url: 'http://{host}', token: '${{ACME_TOKEN}}'}}")
        assert len(load_target(str(path), ENVIRON).warnings) == unwise


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "expired_token: ${ACME_TOKN}",
            "environment variable ACME_TOKN is not set; did you mean ACME_TOKEN, which is?",
        ),
        ("expired_token: ${EMPTY}", "environment variable EMPTY is empty; if that is meant, write ${EMPTY:-}"),
        ("expired_token: '${EMPTY:-}'", "the secret is empty"),
        ("expired_token: ${SPACED}", "the token has spaces, line breaks or letters in it that no token has"),
        ("expired_token: '${'", "a reference is written ${NAME} or ${NAME:-default}"),
        ("expired_token: $ACME_TOKEN", "a reference is written ${NAME}, with braces"),
        ("expired_token: {ACME_TOKEN}", "a reference is written ${NAME}, with a $ before the brace"),
        ("expired_token: 5", "must be text that refers to a secret: ${NAME} or file:relative/path"),
        ("revocation_url: https://a:b@acme.example.com/", "must not hold a user name or a password"),
        ("revocation_url: ftp://acme.example.com/", "must be an http or https address"),
        ("revocation_url: https://acme.example.com:http/", "is not an address"),
        ("revocation_url: https://acme.example.com/#top", "must not have a fragment"),
        ("path: services", "must be a path that begins with one /"),
        ("path: /services?x=1", "must be a path without a query"),
        ("landing_path: //elsewhere.example.com", "must be a path that begins with one /"),
        ("hosts: acme.my.site.com", "must be a list, such as [a, b]"),
        ("session_cookie: 's id'", "must be the name of a cookie"),
        ("token_lifetime_seconds: true", "must be a number, not true or false"),
    ],
)
def test_a_mistake_in_a_role_is_told_with_file_line_and_field(write: Write, line: str, said: str) -> None:
    field = line.partition(":")[0]
    (problem,) = problems_of(write(line))
    assert problem.startswith(f"acme.yaml:4: single_access.{field}")
    assert said in problem


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("limits: {total_seconds: 1000}", "limits.total_seconds: must be at most 600"),
        ("limits: {read_seconds: 0}", "limits.read_seconds: must be greater than 0"),
        ("limits: {read_seconds: .nan}", "limits.read_seconds: must be"),
        ("limits: {requets: 5}", "limits.requets: unknown field; did you mean requests?"),
        ("tls: {ca: nowhere.pem}", "tls.ca: there is no file nowhere.pem; a relative path starts"),
        ("tls: {key: acme.yaml}", "tls: a key without a certificate; give tls.certificate too"),
        ("proxy: proxy.example.com:3128", "proxy: must be an http or https address"),
        ("name: Acme Prod", "name: must be lower-case letters, digits, dots, hyphens and underscores, at most 41"),
        ("capabilities: {clock: soon}", "capabilities.clock: must be an http or https address"),
    ],
)
def test_a_mistake_elsewhere_is_told_with_file_line_and_field(write: Write, rest: str, said: str) -> None:
    (problem,) = problems_of(write(rest=rest))
    assert problem.startswith("acme.yaml:4: ")
    assert said in problem


def test_all_mistakes_come_at_once(write: Write) -> None:
    problems = problems_of(write("expired_token: ${A}", "pth: /x", rest="limits: {requests: 0}\nproxy: ${B}"))
    assert [problem.split(":")[1] for problem in problems] == ["4", "5", "6", "7"]


def test_a_missing_token_file_is_told_with_its_path(write: Write, tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    assert "there is no file nowhere;" in problems_of(write(token="token: file:nowhere"))[0]
    assert "is not UTF-8 text" in problems_of(write(token="token: file:binary"))[0]


def test_a_role_that_is_misspelled_is_told_beside_the_missing_one(tmp_path: Path) -> None:
    (tmp_path / "acme.yaml").write_text("name: acme\nsingle_acces: {}\n")
    none, misspelled = problems_of(str(tmp_path / "acme.yaml"))
    assert none.startswith("acme.yaml:1: declares no role")
    assert misspelled.startswith("acme.yaml:2: single_acces: ")
    assert "did you mean single_access?" in misspelled


def test_a_file_without_a_role_is_refused(tmp_path: Path) -> None:
    (tmp_path / "acme.yaml").write_text("name: acme\n")
    assert problems_of(str(tmp_path / "acme.yaml")) == [
        f"acme.yaml:1: declares no role, so nothing can be tested; add one of: {', '.join(role_names())}"
    ]


def test_a_file_name_that_is_no_name_asks_for_one(write: Write) -> None:
    (problem,) = problems_of(write(name="Acme Prod!"))
    assert problem == "Acme Prod!.yaml:1: name: is missing, and the file's own name is not fit for one; add name: acme"


def test_tls_paths_start_at_the_file(write: Write, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    assert load_target(write(rest="tls: {ca: ca.pem}"), ENVIRON).tls.ca == tmp_path / "ca.pem"


def test_the_digest_hangs_on_everything_but_the_secrets(write: Write) -> None:
    first = load_target(write(), ENVIRON).digest
    assert load_target(write(), {"ACME_TOKEN": "another-made-up-token"}).digest == first
    assert load_target(write(rest="limits: {requests: 10000}"), ENVIRON).digest == first
    assert load_target(write(rest="limits: {requests: 2001}"), ENVIRON).digest != first


def test_an_embedded_target_is_made_from_data() -> None:
    target = Target.model_validate({"single_access": {"base_url": "http://127.0.0.1:1/", "token": Secret(TOKEN)}})
    assert (target.roles, target.source, target.warnings) == (frozenset({"single_access"}), "", ())


def test_every_field_of_a_role_is_known_by_the_roles(write: Write) -> None:
    assert load_target(write(), ENVIRON).roles <= set(role_names())


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), min_size=8, max_size=40))
def test_no_error_shows_the_value_of_a_token(tmp_path_factory: pytest.TempPathFactory, token: str) -> None:
    token = f"q7Zk{token}"
    path = tmp_path_factory.mktemp("target") / "acme.yaml"
    path.write_text(f"single_access:\n  base_url: ''\n  token: {token}\n  expired_token: [{token}\nhosts: {{{token}\n")
    with pytest.raises(UsageProblem) as caught:
        load_target(str(path), {})
    assert "q7Zk" not in str(caught.value)


# ------------------------------------------------------------------- defaults


def test_defaults_beside_a_target_file_hold_where_it_says_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "defaults.yaml").write_text("owner: payments\nlimits: {requests: 7, redirects: 2}\n", "utf-8")
    (tmp_path / "acme.yaml").write_text(
        "single_access: {base_url: https://acme.example.com, token: '${T}'}\nlimits: {requests: 9}\n", "utf-8"
    )
    target = load_target(str(tmp_path / "acme.yaml"), {"T": "a-made-up-token-of-a-target"})
    assert (target.owner, target.limits.requests, target.limits.redirects) == ("payments", 9, 2)
    assert target.inherited == ("limits", "owner")


@pytest.mark.parametrize(
    ("defaults", "says"), [("[1]\n", "must be a mapping"), ("name: acme\n", "belongs into each target file")]
)
def test_defaults_that_cannot_be_used_are_named(tmp_path: Path, defaults: str, says: str) -> None:
    (tmp_path / "defaults.yaml").write_text(defaults, "utf-8")
    (tmp_path / "acme.yaml").write_text("single_access: {base_url: https://a.example.com, token: '${T}'}\n", "utf-8")
    with pytest.raises(UsageProblem, match=rf"defaults.yaml:1.*{says}"):
        load_target(str(tmp_path / "acme.yaml"), {"T": "a-made-up-token-of-a-target"})


@pytest.mark.parametrize(
    ("address", "rest", "rate"),
    [
        ("http://127.0.0.1:8026", "", 1000),
        ("http://localhost:8026", "limits: {requests: 5}", 1000),
        ("http://[::1]:8026", "", 1000),
        ("http://127.0.0.1:8026", "limits: {requests_per_second: 20}", 20),
        ("http://127.0.0.1:8026", "proxy: http://127.0.0.1:8080", 20),
        ("https://acme.my.salesforce.com", "", 20),
    ],
)
def test_a_target_on_this_machine_sets_the_pace_where_the_file_says_nothing(
    tmp_path: Path, address: str, rest: str, rate: float
) -> None:
    """What a proxy on this machine calls is anywhere."""
    path = tmp_path / "acme.yaml"
    path.write_text(f"single_access: {{base_url: '{address}', token: '${{ACME_TOKEN}}'}}\n{rest}\n")
    assert load_target(str(path), ENVIRON).requests_per_second == rate


def test_an_address_elsewhere_slows_a_target_on_this_machine(tmp_path: Path) -> None:
    path = tmp_path / "acme.yaml"
    path.write_text(
        "token_endpoint: {url: 'http://127.0.0.1:8026/token', client_id: a, client_secret: '${ACME_TOKEN}',"
        " introspection_url: 'https://acme.example.com/introspect'}\n"
    )
    assert load_target(str(path), ENVIRON).requests_per_second == 20
