"""What `${NAME}` and `file:` bring is a secret wherever it is put, and no message shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.config.secret_references import References
from conformance.config.target import Target, load_target
from conformance.documents import UsageProblem
from conformance.redaction import VAULT

CANARY = "CANARY-{}-6f1d2c3b4a5968"
PEM = "-----BEGIN PRIVATE KEY-----\nbWFkZS11cC1rZXktb2YtYS10ZXN0LW1hZGUtdXAta2V5\n-----END PRIVATE KEY-----\n"
SYSTEM = """name: t
business_system:
  base_url: https://t.example.com
  create: {{path: /a, headers: {{X-Key: "{}"}}, query: {{key: "{}"}}, body: {{k: ["{}"], r: "{{record}}"}}}}
  label: name
  fields: {{name: {{type: string, required: true, max_length: 80}}}}
"""


def load(folder: Path, text: str, **environ: str) -> Target:
    (folder / "t.yaml").write_text(text, "utf-8")
    return load_target(str(folder / "t.yaml"), environ)


def problem(folder: Path, text: str, **environ: str) -> str:
    with pytest.raises(UsageProblem) as caught:
        load(folder, text, **environ)
    return str(caught.value)


def single_access(*lines: str) -> str:
    role = {"base_url": "https://t.example.com", "token": "made-up-token-of-references"}
    role |= dict(line.split(": ", 1) for line in lines)
    return "name: t\nsingle_access:\n" + "".join(f"  {name}: {value}\n" for name, value in role.items())


def is_masked(value: str) -> bool:
    return value not in VAULT.shown(f"<{value}>")


def test_what_references_bring_into_a_request_is_masked(tmp_path: Path) -> None:
    """In an address, a header, a query, and a body at any depth."""
    values = {name: CANARY.format(name) for name in ("URL", "HEADER", "QUERY", "BODY")}
    load(
        tmp_path,
        SYSTEM.format("${HEADER}", "a ${QUERY}", "${BODY}").replace("t.example.com", "t.example.com/${URL}"),
        **values,
    )
    assert [name for name, value in values.items() if not is_masked(value)] == []


def test_what_a_file_brings_into_a_request_is_masked(tmp_path: Path) -> None:
    for name in ("header", "query", "body"):
        (tmp_path / name).write_text(CANARY.format(f"file-{name}") + "\n")
    target = load(tmp_path, SYSTEM.format("file:header", "file:query", "file:body"))
    assert target.business_system is not None
    call = target.business_system.create
    assert call.headers == {"X-Key": "CANARY-file-header-6f1d2c3b4a5968"}
    assert call.query == {"key": "CANARY-file-query-6f1d2c3b4a5968"}
    assert call.body == {"k": ["CANARY-file-body-6f1d2c3b4a5968"], "r": "{record}"}
    assert [name for name in ("header", "query", "body") if not is_masked(CANARY.format(f"file-{name}"))] == []


def test_a_line_break_at_the_end_of_a_secret_is_told(tmp_path: Path) -> None:
    """It would be sent, and the server would refuse the secret. A key of several lines ends like that."""
    references = References(tmp_path, {"SECRET": "made-up-secret-1234\n", "KEY": PEM})
    references.replaced({"client_secret": "${SECRET}", "private_key": "${KEY}"})
    assert references.problems == [
        (("client_secret",), "environment variable SECRET ends with a line break; set it without")
    ]


def test_a_folder_in_the_place_of_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    assert problem(tmp_path, single_access("token: file:secrets")).endswith(
        "the file secrets is a folder; name a file in it"
    )


def test_a_plan_says_which_variables_a_run_needs(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(single_access("token: ${TOKEN}"), "utf-8")
    assert load_target(str(tmp_path / "t.yaml"), {}, needs_secrets=False).warnings == (
        f"{tmp_path / 't.yaml'}:4: single_access.token: environment variable TOKEN is not set; a plan does without it, "
        "a run does not",
    )


def test_a_part_of_a_secret_is_masked_alone(tmp_path: Path) -> None:
    load(tmp_path, single_access('token: "prefix.${PART}"'), PART=CANARY.format("PART"))
    assert is_masked(CANARY.format("PART"))


def test_numbers_switches_and_words_of_a_few_are_no_secrets(tmp_path: Path) -> None:
    """Or every `2000`, `true` and `POST` of a report would be a label."""
    role = 'url: "https://t.example.com/token", client_id: c, authentication: "${HOW}", client_secret: "${S}"'
    rest = 'limits: {requests: "${N}"}\ncapabilities: {disposable: "${YES}"}'
    text = f"name: t\ntoken_endpoint: {{{role}}}\n{rest}\n"
    target = load(tmp_path, text, HOW="client_secret_post", S="made-up-secret-of-a-few", N="2345", YES="true")
    assert target.limits.requests == 2345
    assert [word for word in ("client_secret_post", "2345", "true") if is_masked(word)] == []


def test_a_default_that_stands_in_the_file_is_no_secret(tmp_path: Path) -> None:
    load(tmp_path, single_access('landing_path: "/${PAGE:-lightning-page-of-references}"'))
    assert not is_masked("lightning-page-of-references")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('landing_path: "/${V1}"', "single_access.landing_path: what V1 brings is shorter than 4 characters"),
        ("token: ${V1}", "single_access.token: the secret is shorter than 4 characters, so no report could mask it"),
        ("token: abc", "single_access.token: the secret is shorter than 4 characters"),
    ],
)
def test_what_no_report_could_mask_is_refused(tmp_path: Path, line: str, says: str) -> None:
    assert says in problem(tmp_path, single_access(line), V1="v1")


def test_an_address_that_no_report_will_show_is_warned_of(tmp_path: Path) -> None:
    target = load(tmp_path, single_access("base_url: ${ACME_URL}"), ACME_URL="https://acme-of-references.example.com")
    assert target.warnings[-1].endswith(
        "t.yaml:3: single_access.base_url: reports mask what ACME_URL brings, so they do not show it; "
        "if it is not a secret, write it out"
    )


def test_a_name_that_every_report_shows_is_written_out(tmp_path: Path) -> None:
    text = single_access().replace("name: t", "name: ${NAME}")
    assert "name: every report shows it, so no reference can bring it; write it out" in problem(
        tmp_path, text, NAME="acme-one"
    )


MISTAKES = {
    "a key where its file belongs": ('tls: {certificate: "${PEM}", key: "${PEM}"}', "takes the path of a file, not"),
    "a token where a file belongs": ('tls: {ca: "${LONG}"}', "tls.ca: there is no such file"),
    "a token where an address belongs": ('proxy: "${LONG}"', "proxy: must be an http or https address"),
    "a token where a word belongs": ('capabilities: {dialect: "${LONG}"}', "capabilities.dialect: "),
    "a token where a number belongs": ('limits: {requests: "${LONG}"}', "limits.requests: must be a whole number"),
    "a token as a folder": ('capabilities: {clock: "${LONG}"}', "capabilities.clock: "),
}


@pytest.mark.parametrize(("line", "says"), MISTAKES.values(), ids=MISTAKES)
def test_no_message_shows_what_may_be_a_secret_in_the_wrong_place(tmp_path: Path, line: str, says: str) -> None:
    said = problem(tmp_path, f"{single_access()}{line}\n", PEM=PEM, LONG=CANARY.format("LONG") + "x" * 5000)
    assert says in said
    assert [piece for piece in ("CANARY", "bWFkZS11cC1", "xxxx") if piece in said] == []


def test_a_place_that_a_reference_brings_is_not_shown(tmp_path: Path) -> None:
    said = problem(tmp_path, SYSTEM.format("${HEADER}", "a", "a"), HEADER="secret-{canary}-header")
    assert "has a place that is unknown; known: id, " in said
    assert "canary" not in said


def test_an_environment_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """Such as a token in Latin-1: no request can carry half a character."""
    said = problem(tmp_path, single_access("token: ${TOKEN}"), TOKEN="made-up-\udcfctoken")
    assert "single_access.token: environment variable TOKEN is not UTF-8 text" in said


def test_half_a_character_is_refused_with_its_line(tmp_path: Path) -> None:
    said = problem(tmp_path, single_access('token: "made-up-\\ud800-token"'))
    assert "t.yaml:4: not valid YAML: an escape stands for half a character; write the character itself" in said


def test_what_references_bring_is_no_part_of_the_digest(tmp_path: Path) -> None:
    """Statements hold it, and a short secret could be guessed from it."""
    text = single_access('landing_path: "/a?sig=${SIG}"')
    digests = {load(tmp_path, text, SIG=sig).digest for sig in ("made-up-signature-1", "made-up-signature-2")}
    assert len(digests) == 1
