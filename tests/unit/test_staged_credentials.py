"""Staged credentials: what their answers say, what a target file says of them, and where a new main pair goes."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given

from conformance.config.target import Target, load_target
from conformance.documents import UsageProblem
from conformance.http.exchange import Response
from conformance.redaction import VAULT, Secret
from conformance.rules import staged_credentials as rules
from conformance.rules.randomness import is_guessable
from conformance.rules.staged_credentials import Pair
from conformance.suites.rotation_lifecycle.machine import TOURS, LifeCycle
from conformance.suites.rotation_lifecycle.names import Place
from conformance.suites.rotation_lifecycle.staging import deliver
from conformance.suites.rotation_lifecycle.strategies import mistaken_bodies

KEY, SECRET = "3MVG9made_up_key_of_a_unit_test", "MADE0UP0SECRET0OF0A0UNIT0TEST"
ONE = {"id": "1Sc1", "key": KEY, "secret": SECRET, "state": "Active", "createdBy": "005", "url": "/s/1Sc1"}
ONE |= {"createdDate": "2026-01-01T00:00:00Z", "expirationDate": "2026-01-31T00:00:00Z", "stagedCredentialsUrl": "/s"}
PLACE = Place("https://acme.example.com", "v65.0", "0xI1", "888 1/2")
PAIR = Pair.of(KEY, SECRET)


def answer(body: object, status: int = 200) -> Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, (("Content-Type", "application/json"),), content)


@pytest.mark.parametrize("body", [{"stagedCredentials": [ONE]}, [ONE], ONE], ids=["wrapped", "a list", "one object"])
def test_a_collection_is_read_in_each_form_that_clients_were_seen_to_read(body: object) -> None:
    [found] = rules.staged_in(answer(body))
    assert (found.id, found.state, found.pair) == ("1Sc1", "Active", PAIR)
    assert rules.is_not_a_staged_credential(answer(body)) is None


def test_other_names_are_read_and_are_not_the_documented_ones() -> None:
    body = {"stagedCredentialId": "1Sc1", "consumerKey": KEY, "consumerSecret": SECRET}
    [found] = rules.staged_in(answer(body))
    assert (found.id, found.pair) == ("1Sc1", PAIR)
    assert "has no id, key, secret" in str(rules.is_not_a_staged_credential(answer(body)))


@pytest.mark.parametrize("body", [b"", b"{", [], {}, 5, {"stagedCredentials": 5}, [5], {"stagedCredentials": [None]}])
def test_what_is_no_collection_shows_nothing(body: object) -> None:
    assert rules.staged_in(answer(body)) == []
    assert rules.pair_in(answer(body)) is None
    assert rules.is_not_a_staged_credential(answer(body)) == "the answer shows no staged credential"


def test_a_refusal_shows_no_pair() -> None:
    assert rules.staged_in(answer(ONE, 403)) == []
    assert rules.pair_in(answer(ONE, 403)) is None


def test_a_pair_is_known_as_a_secret_before_anybody_looks_at_it() -> None:
    key, secret = "3MVG9another_made_up_key", "ANOTHER0MADE0UP0SECRET"
    rules.learn_pairs(answer({"consumers": [{"id": "888", "key": key, "secret": secret}]}))
    assert len(VAULT.labels_in(f"{key} {secret}")) == 2


def test_a_credential_that_hides_its_secret_shows_a_pair_by_its_key() -> None:
    [found] = rules.staged_in(answer({**ONE, "secret": None}))
    assert found.shows(PAIR)
    assert not found.has_pair
    assert not found.shows(Pair.of("3MVG9another_made_up_key", SECRET))
    with pytest.raises(LookupError):
        _ = found.pair


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T00:00:00Z",
        "2026-01-31T00:00:00.000+0000",
        "2026-01-31T01:00:00+01:00",
        "2026-01-31",
        "2026-01-31 00:00:00",
        "1769817600000",
        "1769817600",
        "Sat, 31 Jan 2026 00:00:00 GMT",
    ],
)
def test_the_usual_forms_of_a_date_are_read(text: str) -> None:
    assert rules.moment_of(text) == datetime(2026, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "soon", "31/01/2026", "99999999999999999"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert rules.moment_of(text) is None


@pytest.mark.parametrize(("days", "is_right"), [(29, True), (30, True), (31, True), (28, False), (365, False)])
def test_dates_may_be_off_by_a_day(days: int, is_right: bool) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert (rules.does_not_live(start, start + timedelta(days=days), 30) is None) is is_right


@pytest.mark.parametrize(
    ("values", "is_right"),
    [
        ([f"{n * 0x9E3779B97F4A7C15F39CC0605CEDC834 % 2**256:064X}" for n in (3, 5, 11)], True),
        ([f"{'0' * 60}{n:04X}" for n in (17, 1234, 60_000)], False),
        (["0123456789012345678", "9876543210987654321", "5432109876543210987"], False),
        (["the same one"] * 3, False),
        (["9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08"], True),
        (["token-17"], False),
    ],
)
def test_secrets_that_vary_little_are_guessable(values: list[str], is_right: bool) -> None:
    assert (is_guessable([Secret(value) for value in values], 128, "secrets") is None) is is_right


@given(body=mistaken_bodies())
def test_no_mistaken_body_says_rotate(body: bytes) -> None:
    try:
        found = json.loads(body)
    except ValueError:
        return
    assert not (isinstance(found, dict) and found.get("command") == "rotate")


def test_the_tours_are_steps_that_the_machine_knows() -> None:
    assert {step for tour in TOURS for step in tour.split() if not hasattr(LifeCycle, step)} == set()


def test_ids_stay_inside_their_part_of_an_address() -> None:
    assert PLACE.one("../../x?y") == f"{PLACE.root}/credentials/0xI1/888%201%2F2/staged/..%2F..%2Fx%3Fy"


# ------------------------------------------------------------------- the target file


def load(folder: Path, *lines: str) -> Target:
    role = "\n  ".join(("base_url: https://acme.example.com", "app: Nightly", "token: ${TOKEN}", *lines))
    (folder / "acme.yaml").write_text(f"staged_credentials:\n  {role}\n")
    return load_target(str(folder / "acme.yaml"), {"TOKEN": "made-up-token-of-an-administrator"})


def test_a_short_file_is_enough(tmp_path: Path) -> None:
    role = load(tmp_path).staged_credentials
    assert role is not None
    assert (role.api_version, role.deliver_to) == ("v65.0", None)
    assert role.token_address == "https://acme.example.com/services/oauth2/token"


def test_the_new_main_pair_goes_beside_the_target_file(tmp_path: Path) -> None:
    role = load(
        tmp_path, "deliver_to: file:main-pair.json", "token_url: https://login.example.com/t"
    ).staged_credentials
    assert role is not None
    assert role.deliver_to == tmp_path / "main-pair.json"
    assert role.token_address == "https://login.example.com/t"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("api_version: v64.0", "must be a version that can stage credentials, v65.0 or later"),
        ("api_version: '65'", "must be a version that can stage credentials"),
        ("deliver_to: main-pair.json", "must be file:path, such as file:main-pair.json"),
        ("deliver_to: '-'", "a pair is never shown on the terminal"),
        ("deliver_to: file:nowhere/main-pair.json", "there is no folder"),
        ("deliver_to: file:.", "is a folder; name a file in it"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_the_way_out(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        load(tmp_path, line)
    [problem] = caught.value.problems
    assert "acme.yaml:5: staged_credentials." in problem
    assert said in problem


# ---------------------------------------------------------------------- the delivery


def test_a_delivered_pair_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "main-pair.json"
    file.write_text("what stood there before")
    file.chmod(0o644)
    deliver(file, PLACE, PAIR, Pair.of("3MVG9coming_key", "COMING0SECRET0"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    content = json.loads(file.read_text())
    assert content["main"] == {"key": KEY, "secret": SECRET}
    assert content["next"] == {"key": "3MVG9coming_key", "secret": "COMING0SECRET0"}
    deliver(file, PLACE, PAIR)
    assert "next" not in json.loads(file.read_text())
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_cannot_be_written_is_an_error_before_anything_is_rotated(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        deliver(tmp_path / "folder", PLACE, PAIR)
    assert list((tmp_path / "folder").iterdir()) == []
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
