"""`--traffic`: a client is judged by a capture of what it sent, and nothing passes that the capture does not show."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conformance.rules.outcome import Outcome
from conformance.traffic import captures
from conformance.traffic.capture_times import started
from conformance.traffic.captures import captured
from tests.suite import run_suite
from tests.unit.traffic_captures import (
    BEARER,
    CLEAN,
    FORM,
    LEAK,
    LOGIN,
    ORG,
    QUERY,
    ROLES,
    TOKEN,
    _pairs,
    entry,
    har,
    judged,
    of_playwright,
)


def test_a_token_in_a_url_fails_and_what_a_capture_cannot_tell_is_not_tested(tmp_path: Path) -> None:
    result = judged(tmp_path, har(*CLEAN, LEAK), *ROLES)
    outcomes = result.outcomes["session"]
    assert result.status == 1, result.output
    assert (outcomes.pop("TIU-01"), outcomes.pop("CCC-13")) == (Outcome.FAILED, Outcome.FAILED)
    assert {name for name, outcome in outcomes.items() if outcome is Outcome.PASSED} == {"TIU-06", "CCC-02"}
    assert set(outcomes.values()) == {Outcome.PASSED, Outcome.NOT_TESTED}


def test_a_clean_capture_passes_what_it_shows_and_is_incomplete_for_the_rest(tmp_path: Path) -> None:
    result = judged(tmp_path, har(*CLEAN), *ROLES, "-v")
    passed = {name for name, outcome in result.outcomes["session"].items() if outcome is Outcome.PASSED}
    assert (result.status, passed) == (7, {"TIU-01", "TIU-06", "CCC-02", "CCC-13"}), result.output
    assert "a capture shows neither output nor files" in result.output
    assert "--client='COMMAND'" in result.output


def test_what_each_capture_shows_of_each_rule_is_found(tmp_path: Path) -> None:
    """A referring address, a second origin, a revocation by GET, a wait that is cut short, credentials shown twice."""
    other = "https://files.example.com/a"
    twice = entry(
        "POST", f"{ORG}/services/oauth2/token", 0, form=FORM, headers={"Authorization": "Basic c3luYzp4eXp4eXp4eQ=="}
    )
    referring = entry("GET", f"{ORG}/lightning/page", 1, headers=BEARER | {"Referer": f"{ORG}/x?access_token={TOKEN}"})
    led = entry("GET", f"{ORG}/services/data/v65.0/a", 2, 302, headers=BEARER, came={"Location": other})
    revoked = entry("GET", f"{ORG}/services/oauth2/revoke?token={TOKEN}", 4)
    slow = entry("GET", f"{ORG}/services/data/v65.0/b", 5, 429, headers=BEARER, came={"Retry-After": "30"})
    again = entry("GET", f"{ORG}/services/data/v65.0/b", 6, headers=BEARER)
    followed = entry("GET", other, 3, headers=BEARER)
    result = judged(tmp_path, har(twice, referring, led, followed, revoked, slow, again), *ROLES)
    found = {name for name, outcome in result.outcomes["session"].items() if outcome.is_deviation}
    assert found >= {"TIU-02", "TIU-06", "TIU-07", "TIU-10", "CCC-02"}, result.output


IN_URLS = {
    "api_client": "TIU-01",
    "token_client": "CCC-13",
    "rotation_client": "ROC-10",
    "polling_client": "PCX-09",
    "file_client": "FIC-05",
}


@pytest.mark.parametrize("leaks", [False, True])
def test_each_kind_of_client_is_judged_on_credentials_in_its_urls(leaks: bool, tmp_path: Path) -> None:
    roles = (f"--client-role={role}" for role in IN_URLS)
    result = judged(tmp_path, har(*CLEAN, *([LEAK] if leaks else [])), *roles)
    outcomes = result.outcomes["session"]
    expected = Outcome.FAILED if leaks else Outcome.PASSED
    assert {role: outcomes[identifier] for role, identifier in IN_URLS.items()} == dict.fromkeys(IN_URLS, expected)
    assert Outcome.HARNESS_ERROR not in outcomes.values(), result.output


def test_a_token_request_that_was_exported_without_credentials_proves_nothing(tmp_path: Path) -> None:
    without = entry("POST", f"{ORG}/services/oauth2/token", 0, form="grant_type=client_credentials&client_id=sync")
    result = judged(tmp_path, har(without, QUERY), "--client-role=token_client", "--require=CCC-02", "-v")
    assert result.outcomes["session"] == {"CCC-02": Outcome.NOT_TESTED}
    assert "asked for no token with credentials of its own" in " ".join(result.output.split())


@pytest.mark.parametrize("place", ["header", "body"])
def test_a_media_type_that_stands_in_one_place_alone_is_that_of_the_form(place: str, tmp_path: Path) -> None:
    twice = entry(
        "POST", f"{ORG}/services/oauth2/token", 0, form=FORM, headers={"Authorization": "Basic c3luYzp4eXp4eXp4eQ=="}
    )
    if place == "header":
        twice["request"]["postData"]["mimeType"] = ""
    else:
        twice["request"]["headers"] = _pairs({"Authorization": "Basic c3luYzp4eXp4eXp4eQ=="})
    result = judged(tmp_path, har(twice, QUERY), "--client-role=token_client", "--require=CCC-02", "--require=CCC-03")
    assert result.outcomes["session"] == {"CCC-02": Outcome.FAILED, "CCC-03": Outcome.NOT_TESTED}


@pytest.mark.parametrize(
    ("text", "damage"),
    [
        (har(*CLEAN)[:-300], "ends before its entries do"),
        (har(*CLEAN).replace("}, {", "}, x, {", 1), "is not a whole HAR"),
        (har(CLEAN[0], 5), "is not a whole HAR"),
        (har(*CLEAN, {"request": {"method": "GET", "url": ORG}}), "entry 5: its startedDateTime is missing"),
        (har(*CLEAN, LOGIN | {"startedDateTime": "in the morning"}), "entry 5: its startedDateTime is missing, or no"),
        (har(*CLEAN, LOGIN | {"request": {"url": "acme"}}), "entry 5: an address, a method or a duration is missing"),
        ('{"log": {}}', "is not a whole HAR"),
        ("not JSON\n", "is not a whole HAR"),
        ("", "is empty: nothing was captured"),
    ],
)
def test_what_is_wrong_with_a_damaged_capture_is_said(tmp_path: Path, text: str, damage: str) -> None:
    path = tmp_path / "session.har"
    path.write_text(text, "utf-8")
    assert damage in " ".join(captured(str(path)).damage)


@pytest.mark.parametrize(
    ("head", "way"),
    [(b"\x0a\x0d\x0d\x0a", "mitmproxy"), (b"\xd4\xc3\xb2\xa1", "mitmproxy"), (b"\xac\xed\x00\x05sr", "as a HAR")],
    ids=["pcapng", "pcap", "session of Charles"],
)
def test_a_capture_in_a_form_that_is_not_read_is_damage_with_a_way_out(head: bytes, way: str, tmp_path: Path) -> None:
    path = tmp_path / "session"
    path.write_bytes(head + b"\0" * 64 + LEAK["request"]["url"].encode())
    [damage] = captured(str(path)).damage
    assert "which is not read" in damage
    assert way in damage


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-01T08:00:05Z",
        "2026-10-01T10:00:05.000+02:00",
        "Thu Oct 01 2026 10:00:05 GMT+0200 (W. Europe Summer Time)",
        "Thu, 01 Oct 2026 08:00:05 GMT",
        1_790_841_605_000,
        "1790841605",
    ],
)
def test_a_time_is_read_in_each_form_that_is_in_use(text: object) -> None:
    assert started(text) == datetime(2026, 10, 1, 8, 0, 5, tzinfo=UTC)


def test_a_leak_is_found_in_an_entry_of_which_nobody_knows_when_it_was(tmp_path: Path) -> None:
    result = judged(tmp_path, har(*CLEAN, LEAK | {"startedDateTime": None}), "--require=TIU-01", "--require=TIU-06")
    assert result.outcomes["session"] == {"TIU-01": Outcome.FAILED, "TIU-06": Outcome.INCONCLUSIVE}, result.output


def test_in_times_of_whole_seconds_the_order_of_the_file_counts_and_no_wait_is_judged(tmp_path: Path) -> None:
    """A fallback in the second of the refusal comes after it; how long a client waited, nobody knows."""
    second = {"startedDateTime": "Thu Oct 01 2026 10:00:05 GMT+0200 (CEST)"}
    refused = entry("POST", f"{ORG}/services/oauth2/singleaccess", 0, 403, headers=BEARER)
    fallback = entry("GET", f"{ORG}/secur/frontdoor.jsp?sid={TOKEN}", 0)
    slow = entry("GET", f"{ORG}/services/data/v65.0/b", 5, 429, headers=BEARER, came={"Retry-After": "1"})
    several = [one | second for one in (refused, fallback, slow)]
    later = QUERY | {"startedDateTime": "Thu Oct 01 2026 10:00:16 GMT+0200 (CEST)"}
    result = judged(tmp_path, har(*several, later), "--require=TIU-03", "--require=TIU-10", "-v")
    assert result.outcomes["session"] == {"TIU-03": Outcome.DIFFERS, "TIU-10": Outcome.NOT_TESTED}, result.output
    assert "times of whole seconds" in " ".join(result.messages["session", "TIU-10"])


@pytest.mark.parametrize("kind", ["zip", "folder"])
def test_a_capture_of_playwright_is_read_with_its_bodies(kind: str, tmp_path: Path) -> None:
    """A token that only an answer shows is known in the URL of another call."""
    opaque = "q7Zp2Lm9Xv4Rt8Kc1Wd5"
    login = entry("POST", f"{ORG}/services/oauth2/token", 0, form=FORM, answer={"access_token": opaque})
    path = of_playwright(tmp_path, login, QUERY, entry("GET", f"{ORG}/page/{opaque}", 3), kind=kind)
    found = captured(str(path))
    assert (found.damage, found.exchanges[0].request.body) == ([], FORM.encode())
    result = run_suite(tmp_path, f"--traffic={path.name}", *ROLES, "--require=TIU-01", "--require=CCC-02")
    assert set(result.outcomes[path.stem].values()) == {Outcome.FAILED, Outcome.PASSED}, result.output


def test_a_body_beside_a_capture_is_read_from_its_folder_alone(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(FORM, "utf-8")
    (tmp_path / "folder").mkdir()
    login = entry("POST", f"{ORG}/services/oauth2/token", 0, form="x")
    login["request"]["postData"] |= {"text": "", "_file": "../secret"}
    (tmp_path / "folder" / "a.har").write_text(har(login), "utf-8")
    [found] = captured(str(tmp_path / "folder" / "a.har")).exchanges
    assert found.request.body == b""


def test_a_zip_archive_that_holds_no_readable_capture_is_damage_with_a_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = of_playwright(tmp_path, *CLEAN).read_bytes()
    cut, other, huge = (tmp_path / name for name in ("cut.zip", "other.zip", "huge.zip"))
    cut.write_bytes(whole[:-30])
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("notes.txt", "nothing")
    monkeypatch.setattr(captures, "LARGEST_IN_ZIP", 1_000)
    with zipfile.ZipFile(huge, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.har", " " * 1_001)
    for path, says in {cut: "is damaged", other: "no HAR in it; export", huge: "unpack the archive"}.items():
        [damage] = captured(str(path)).damage
        assert says in damage


def test_a_damaged_capture_shows_what_is_wrong_and_never_that_nothing_is(tmp_path: Path) -> None:
    options = ("--require=TIU-01", "--require=TIU-06", "--require=TIU-07")
    whole = har(*CLEAN, QUERY)[:-300]
    result = judged(tmp_path, whole, *options)
    assert (result.status, set(result.outcomes["session"].values())) == (7, {Outcome.INCONCLUSIVE}), result.output
    result = judged(tmp_path, har(LEAK, *CLEAN)[:-300], *options)
    assert (result.status, result.outcomes["session"]["TIU-01"]) == (1, Outcome.FAILED), result.output


def test_flows_of_mitmproxy_are_read_as_a_har_is_and_cut_off_they_are_damaged(tmp_path: Path) -> None:
    pytest.importorskip("mitmproxy")
    from mitmproxy.http import Headers
    from mitmproxy.io import FlowWriter
    from mitmproxy.test.tflow import tflow

    path, cut = tmp_path / "session.flows", tmp_path / "cut.flows"
    flow = tflow(resp=True)
    flow.request.url = f"{ORG}/services/data/v65.0/limits?access_token={TOKEN}"
    flow.request.headers = Headers([(b"authorization", f"Bearer {TOKEN}".encode())])
    with path.open("wb") as file:
        FlowWriter(file).add(flow)
    cut.write_bytes(path.read_bytes() * 2)
    cut.write_bytes(cut.read_bytes()[:-40])
    assert [one.request.url for one in captured(str(path)).exchanges] == [flow.request.url]
    assert captured(str(path)).damage == []
    assert len(captured(str(cut)).exchanges) == 1
    assert (
        "cut.flows: flow 2 cannot be read, nor what follows it: it is damaged or cut off"
        in captured(str(cut)).damage[0]
    )
    result = run_suite(tmp_path, "--traffic=session.flows", "--require=TIU-01")
    assert (result.status, result.outcomes["session"]) == (1, {"TIU-01": Outcome.FAILED}), result.output
    assert TOKEN not in result.output


@pytest.mark.parametrize("side", ["client_conn", "server_conn"])
def test_what_version_6_of_mitmproxy_wrote_of_a_connection_without_tls_is_read(side: str, tmp_path: Path) -> None:
    """Later versions refuse the null that it wrote."""
    pytest.importorskip("mitmproxy")
    from mitmproxy.io import tnetstring
    from mitmproxy.test.tflow import tflow

    state = tflow(resp=True).get_state()
    state[side]["tls"] = None
    path = tmp_path / "old.flows"
    path.write_bytes(tnetstring.dumps(state))
    found = captured(str(path))
    assert (len(found.exchanges), found.damage) == (1, [])


def nested(depth: int) -> bytes:
    """Lists of mitmproxy, one in the other."""
    text = b"0:~"
    for _ in range(depth):
        text = b"%d:%b]" % (len(text), text)
    return text


@pytest.mark.parametrize(
    "text",
    [b"4:true!", b"5:hello,", b"2:1#", b"9:", b"999999999999:a", nested(3_000)],
    ids=["a value", "a text", "no number", "nothing", "a length beyond any memory", "lists in lists"],
)
def test_flows_that_are_none_are_damage(text: bytes, tmp_path: Path) -> None:
    pytest.importorskip("mitmproxy")
    path = tmp_path / "none.flows"
    path.write_bytes(text)
    [damage] = captured(str(path)).damage
    assert "flow 1 cannot be read" in damage
    assert "what an older version of it wrote" in damage


def test_an_empty_capture_passes_nothing(tmp_path: Path) -> None:
    result = judged(tmp_path, har(), *ROLES)
    assert (result.status, set(result.outcomes["session"].values())) == (7, {Outcome.NOT_TESTED}), result.output


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--traffic=session.har", "--client=true"), "--traffic judges captures alone; leave out --client"),
        (("--traffic=session.har", "--target=acme.yaml"), "--traffic judges captures alone; leave out --target"),
        (("--traffic=session.har", "--plan"), "sends nothing, so there is nothing to plan; leave out --plan"),
        (("--traffic=missing.har",), "--traffic: missing.har: No such file or directory"),
        (("--traffic=session.har", "--client-role=api_clint"), "--client-role: there is no role 'api_clint'"),
        (("--traffic=session.har", "--traffic=./session.har"), "--traffic: ./session.har: this file is named twice"),
    ],
)
def test_a_wrong_choice_is_one_clear_message(tmp_path: Path, options: tuple[str, ...], says: str) -> None:
    (tmp_path / "session.har").write_text(har(*CLEAN), "utf-8")
    result = run_suite(tmp_path, *options)
    assert result.status == 4
    assert says in result.output
    assert "Traceback" not in result.output
