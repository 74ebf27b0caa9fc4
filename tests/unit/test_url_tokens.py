"""The detector of credentials in URLs: its corpus, its rules, its memory, and its masks."""

from __future__ import annotations

import random
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import mean
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.rules.url_tokens import Detector, Finding, Level, redacted_url
from conformance.rules.url_tokens.decoding import unquoted
from conformance.rules.url_tokens.judging import judged, opened
from conformance.rules.url_tokens.names import Named, named
from conformance.rules.url_tokens.places import split
from conformance.rules.url_tokens.values import Value, classify
from tests.corpus import ENCODERS, Labelled, corpus, verdict
from tests.examples import examples

SALT = b"the same in each run"
CASES = corpus()
SESSION = b"00D5g0000012abc!AQ8AQJm" + b"aB3x9._Z" * 12
OPAQUE = b"q7Wn2Kc9Zr4Tm8Vb5Yx1Lp6Hd3Gs0FjQ"


def findings(url: bytes, detector: Detector | None = None) -> tuple[Finding, ...]:
    return (detector or Detector(salt=SALT)).url(url)


def rules(url: bytes) -> list[str]:
    return [one.rule for one in findings(url)]


def rates(cases: Sequence[Labelled], kind: str) -> tuple[float, float]:
    """How many verdicts of the labels of a kind are right: of all cases, and as the mean over the labels."""
    right: dict[str, list[bool]] = defaultdict(list)
    for case in cases:
        if case.label.startswith(kind):
            right[case.label].append(verdict(case.findings(Detector(salt=SALT))) in case.accepted)
    every = [one for ones in right.values() for one in ones]
    return mean(every), mean(mean(ones) for ones in right.values())


@pytest.mark.parametrize("name", ["cases", "adversarial", "held_out"])
def test_leaks_are_found_and_clean_urls_are_left_alone(name: str) -> None:
    """Recall is at least 0.98 and false alarms are at most 0.005, of all cases and as the mean of the classes."""
    cases = corpus(name)
    assert min(rates(cases, "L")) >= 0.98
    assert min(rates(cases, "C")) >= 0.995
    assert min(rates(cases, "W")) >= 0.98


def test_the_corpus_is_large_and_half_of_it_is_benign() -> None:
    """Every rule has cases."""
    benign = sum(case.label.startswith("C") for case in CASES)
    assert len(CASES) >= 1000
    assert 0.4 <= benign / len(CASES) <= 0.6
    labels = {case.label for case in CASES}
    assert labels >= {f"C{n}" for n in range(1, 15)} | {f"W{n}" for n in range(1, 6)} | {f"L{n}" for n in (1, 2, 3, 4)}


def test_the_rule_that_reports_is_the_rule_of_the_label() -> None:
    """More than one rule may explain a value; one of them is enough."""
    accepted = {
        "L1": {"L1", "L2"}, "L2": {"L1", "L2"}, "L3": {"L3"}, "L4": {"L4"}, "L5": {"L1", "L5"}, "L6": {"L2", "L6"}
    }  # fmt: skip
    cases = [case for case in CASES if case.label in accepted]
    assert {case.label for case in cases} == accepted.keys()
    found = {
        case.name: {one.rule for one in case.findings(Detector(salt=SALT)) if one.level is Level.LEAK} for case in cases
    }
    assert {case.name: found[case.name] for case in cases if not found[case.name] & accepted[case.label]} == {}


def test_no_output_holds_a_secret() -> None:
    """Neither a finding nor the redacted URL holds more of a secret than its public beginning."""
    assert [name for case in CASES for name in shows_a_secret(case)] == []


def shows_a_secret(case: Labelled) -> Iterator[str]:
    """Which case, and where, if what is reported on it shows one of its secrets."""
    found = case.findings(Detector(salt=SALT))
    if verdict(found) == "clean":
        return
    _, colon, url = case.text.partition(": ")
    masked = repr(unquoted(redacted_url((url if colon else case.text).encode())))
    for secret in case.secrets:
        if any(one.rule == "L5" for one in found) and secret not in repr(found):
            continue  # a value that only the capture knows as a credential
        if len(secret) >= 16 and secret[8:24] in repr(found):
            yield f"{case.name}: a finding"
        if len(secret) >= 24 and case.label[0] == "L" and case.label not in {"L5", "L8"} and secret in masked:
            yield f"{case.name}: the redacted URL"


def test_two_runs_give_the_same_findings_in_the_same_order() -> None:
    """Baselines hang on it."""
    ones, others = ([case.findings(Detector(salt=SALT)) for case in CASES] for _ in range(2))
    assert ones == others


def test_another_salt_gives_other_fingerprints() -> None:
    """Two reports cannot be joined by their fingerprints, unless both were asked for the same."""
    url = b"/x?access_token=" + OPAQUE
    (one,), (other,) = Detector(salt=b"a").url(url), Detector(salt=b"b").url(url)
    assert one.fingerprint != other.fingerprint
    assert len(one.fingerprint) == 16


# Encodings, names, values.


@pytest.mark.parametrize("layers", range(4))
@pytest.mark.parametrize("encoder", sorted(ENCODERS))
def test_three_layers_of_encoding_hide_nothing(encoder: str, layers: int) -> None:
    """Percent-encoding of what has to be encoded or of everything, and Base64 in both alphabets."""
    text = SESSION.decode()
    for _ in range(layers):
        text = ENCODERS[encoder](text)
    assert "L1" in rules(f"/x?q={text}".encode())


@pytest.mark.parametrize(
    "name",
    [
        "access_token", "Access-Token", "ACCESS.TOKEN", "accessToken", "access_token[]", "user[access_token]",
        " access_token", "access%5Ftoken", "%61ccess_token", "%2561ccess_token", "%252561ccess_token",
        "access_token%00", "x_access_token",
    ],
)  # fmt: skip
def test_a_name_is_known_in_all_its_spellings(name: str) -> None:
    assert named(name.encode()) is Named.CREDENTIAL
    assert rules(f"/x?{name}=".encode() + OPAQUE) == ["L2"]


@pytest.mark.parametrize(
    "name", ["token_type", "nextPageToken", "page_token", "csrf_token", "state", "client_id", "tokenize", "author"]
)
def test_a_name_that_contains_a_credential_word_is_not_one(name: str) -> None:
    assert rules(f"/x?{name}=".encode() + OPAQUE) == []


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (b"", Value.NOTHING),
        (b"1234567890123", Value.NOTHING),
        (b"2024-01-01T00:00:00Z", Value.NOTHING),
        (b"annual-report-final", Value.WORDS),
        (b"customers.billing.address.city", Value.WORDS),
        (b"john.smith@mail.org", Value.WORDS),
        (b"550e8400-e29b-41d4-a716-446655440000", Value.IDENTIFIER),
        (b"0015g00000ABcdeAAH", Value.IDENTIFIER),
        (b"YOUR_ACCESS_TOKEN", Value.PLACEHOLDER),
        (b"{{token}}", Value.PLACEHOLDER),
        (b"put_my_token_here", Value.PLACEHOLDER),
        (b"00D5g0000012abc!AQ8AQJmaBh_CqA4.my_Hktbhcmmpe9nGDdz", Value.RANDOM),
        (b"****", Value.MASKED),
        (b"abcd********wxyz", Value.MASKED),
        (b"Tr0ub4dor7", Value.POSSIBLE),
        (OPAQUE, Value.RANDOM),
        (b"d41d8cd98f00b204e9800998ecf8427e", Value.RANDOM),
    ],
)
def test_a_value_is_told_by_its_looks(value: bytes, kind: Value) -> None:
    assert classify(value) is kind


# Any bytes.


@examples(200)
@given(st.binary(max_size=400))
def test_any_bytes_are_judged_without_an_error(data: bytes) -> None:
    """A URL comes from anybody."""
    detector = Detector(salt=SALT)
    detector.remember(OPAQUE, "token")
    for one in detector.url(data):
        assert one.fingerprint
    redacted_url(data)
    if list(judged(opened(split(data)))):
        assert detector.suspicious(data)


# Traffic.


def test_a_credential_seen_in_a_header_is_found_in_a_later_url() -> None:
    """Under any name, in any place, split in two, and not under a public name."""
    detector = Detector(salt=SALT)
    assert detector.request(b"GET", b"/a", [(b"Authorization", b"Bearer " + OPAQUE)]) == ()
    places = [b"/a?x=%s", b"/a/%s/b", b"/a;x=%s", b"/a#%s", b"/a?u=https%%3A%%2F%%2Fb%%3Fc%%3D%s"]
    for place in places:
        assert [one.rule for one in detector.request(b"GET", place % OPAQUE, [])] == ["L5"]
    assert [one.rule for one in detector.request(b"GET", b"/a?x=%s&y=%s" % (OPAQUE[:16], OPAQUE[16:]), [])] == ["L5"]
    assert detector.request(b"GET", b"/a?state=" + OPAQUE, []) == ()
    assert Detector(salt=SALT).request(b"GET", b"/a?x=" + OPAQUE, []) == ()


def test_a_path_that_means_something_on_one_host_is_known_by_the_host_that_was_asked() -> None:
    path = b"/a1b2c3d4e5f6g7h8i9j0k1l2m3n4"
    assert [one.rule for one in Detector().url(path, host=b"hook.eu1.make.com")] == ["L6"]
    assert Detector().url(path, host=b"b.example.com") == ()


def test_a_url_that_came_before_its_credential_was_known_is_found_late() -> None:
    """Once, and for what was in the URL alone."""
    detector = Detector(salt=SALT)
    assert detector.request(b"GET", b"/a?x=" + OPAQUE, [], host=b"h.example.com") == ()
    detector.request(b"GET", b"/b?page=2", [(b"X-Api-Key", OPAQUE)])
    assert [(one.rule, one.parameter, one.host, one.path_template) for one in detector.late()] == [
        ("L5", "x", "h.example.com", "/a")
    ]
    assert detector.late() == ()


def test_without_correlation_nothing_is_remembered() -> None:
    detector = Detector(salt=SALT, correlate=False)
    detector.request(b"GET", b"/a", [(b"Authorization", b"Bearer " + OPAQUE)])
    assert detector.request(b"GET", b"/a?x=" + OPAQUE, []) == ()


def test_basic_credentials_make_the_password_known_and_not_the_user() -> None:
    detector = Detector(salt=SALT)
    pair = (
        b"Ym9iLXdpdGgtYS1sb25nLW5hbWU6cTdXbjJLYzlacjRUbThWYjVZeDFMcDY="  # bob-with-a-long-name:q7Wn2Kc9Zr4Tm8Vb5Yx1Lp6
    )
    detector.request(b"GET", b"/", [(b"authorization", b"Basic " + pair)])
    assert detector.url(b"/x?u=bob-with-a-long-name") == ()
    assert [one.rule for one in detector.url(b"/x?u=q7Wn2Kc9Zr4Tm8Vb5Yx1Lp6")] == ["L5"]


def test_the_memory_is_bounded() -> None:
    """A hostile peer cannot fill it."""
    detector = Detector(salt=SALT)
    for number in range(10_000):
        detector.remember(b"q7Wn2Kc9Zr4Tm8Vb-%06d" % number, "token")
    assert len(detector._memory._known) <= 4096
    assert len(detector._memory._heads) <= 4096
    assert [one.rule for one in detector.url(b"/x?a=q7Wn2Kc9Zr4Tm8Vb-009999")] == ["L5"]


@pytest.mark.parametrize("name", [b"X-Original-URI", b"X-Forwarded-Uri", b"HX-Current-URL", b"Destination"])
def test_a_url_that_a_proxy_or_a_page_repeats_is_judged(name: bytes) -> None:
    value = b"https://a.example/x?access_token=q7Wn2Kc9Zr4Tm8Vb5Yx1Pd6"
    (finding,) = Detector().request(b"GET", b"/", [(name, value)])
    assert (finding.rule, finding.place) == ("L4", f"header:{name.decode()}")
    assert not Detector().request(b"GET", b"/", [(name, b"/x?page=2")])


def test_a_header_that_repeats_a_url_breaks_another_requirement() -> None:
    found = Detector(salt=SALT).request(b"GET", b"/", [(b"Referer", b"https://a.example.com/?access_token=" + OPAQUE)])
    assert [(one.rule, one.requirement, one.place) for one in found] == [("L4", "TIU-02", "header:Referer")]


@pytest.mark.parametrize("header", [(b"Upgrade", b"websocket"), (b"Accept", b"text/event-stream")])
def test_a_connection_that_stays_open_breaks_that_requirement_too(header: tuple[bytes, bytes]) -> None:
    (one,) = Detector(salt=SALT).request(b"GET", b"/stream?access_token=" + OPAQUE, [header])
    assert (one.rule, one.requirement, one.place) == ("L2", "TIU-02", "query")


def test_a_finding_says_where_and_what_to_do() -> None:
    url = b"/services/oauth2/singleaccess?access_token=" + SESSION
    (one,) = Detector(salt=SALT).request(b"GET", url, [], host=b"Org.my.salesforce.com")
    assert (one.level, one.rule, one.requirement, one.place) == (Level.LEAK, "L1", "TIU-01", "query")
    assert (one.parameter, one.cwe, one.host) == ("access_token", "CWE-598", "org.my.salesforce.com")
    assert one.masked == f"00D5g…({len(SESSION)} characters)"
    assert one.path_template == "/services/oauth2/singleaccess"
    assert "Authorization header" in one.remedy


def test_what_is_inside_a_value_is_said_instead_of_the_value() -> None:
    (one,) = findings(b"/x?retURL=%2Fhome%3Fsid%3D" + SESSION.replace(b"!", b"%2521"))
    assert (one.rule, one.parameter) == ("L1", "retURL > sid")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (b"/x?access_token=%s&page=2", b"/x?access_token=REDACTED&page=2"),
        (b"/x;jsessionid=%s?y=1", b"/x;jsessionid=REDACTED?y=1"),
        (b"https://bob:%s@h.example.com/x", b"https://bob:REDACTED@h.example.com/x"),
        (b"/x#access_token=%s&a=b", b"/x#access_token=REDACTED&a=b"),
        (b"/x?a=b&X-Amz-Signature=%s", b"/x?a=b&X-Amz-Signature=REDACTED"),
        (b"/x?r=https%%3A%%2F%%2Fh%%2F%%3Fapi_key%%3D%s", b"/x?r=https://h/?api_key%3DREDACTED"),
        (b"/x?page=2", b"/x?page=2"),
    ],
)
def test_a_redacted_url_keeps_what_is_public(url: bytes, shown: bytes) -> None:
    filled = url % OPAQUE if b"%s" in url else url
    assert unquoted(redacted_url(filled)) == unquoted(shown)


def test_what_only_the_traffic_shows_to_be_a_credential_is_masked_by_the_detector() -> None:
    """Whole, encoded, in a path, and split."""
    detector = Detector(salt=SALT)
    detector.remember(b"alpha-bravo-charlie-delta-echo", "token")
    detector.remember(OPAQUE, "token")
    assert detector.redacted(b"/a?x=%s&y=1" % OPAQUE) == b"/a?x=REDACTED&y=1"
    assert detector.redacted(b"/a/%s/b" % OPAQUE) == b"/a/REDACTED/b"
    assert detector.redacted(b"/a?x=%s&y=%s" % (OPAQUE[:16], OPAQUE[16:])) == b"/a?x=REDACTED&y=REDACTED"
    assert OPAQUE not in detector.redacted(b"/a?u=https%%3A%%2F%%2Fh%%2F%%3Fq%%3D%s" % OPAQUE)
    (one,) = detector.url(b"/files/alpha-bravo-charlie-delta-echo/x")
    assert (one.rule, one.path_template) == ("L5", "/files/{secret}/x")


def test_a_short_secret_in_a_path_is_shown_nowhere() -> None:
    (one,) = findings(b"https://hooks.zapier.com/hooks/catch/1234567/a1b2c3d/")
    assert (one.rule, one.path_template) == ("L6", "/hooks/catch/{id}/{secret}/")


REST = "q7Wn2Kc9Zr4Tm8Vb5Yx1Lp6H"


@pytest.mark.parametrize(
    ("value", "rules"),
    [
        ("{redacted}QHandedCaseHandedCaseHandedCaseHandedCaseHandedCaseHandedCas", ["L8"]),
        (f"[FILTERED]{REST}", ["L8"]),
        (f"***{REST}", ["L8"]),
        (f"{REST}******", ["L8"]),
        ("[FILTERED]", ["W3"]),
        ("{redacted}abcd", ["W3"]),
        ("abcd********wxyz", ["W3"]),
        ("[removed by the gateway of the team]", ["W3"]),
    ],
)
def test_a_mask_hides_nothing_that_stands_beside_it(value: str, rules: list[str]) -> None:
    assert [one.rule for one in findings(f"/x?access_token={value}".encode())] == rules


def test_a_url_full_of_secrets_is_masked_as_a_whole() -> None:
    """There is nothing left to show, and masking each of ten thousand would take minutes."""
    url = b"/x?" + b"&".join(b"access_token=q7Wn2Kc9Zr4Tm8Vb%05d" % number for number in range(10_000))
    assert redacted_url(url) == b"REDACTED"
    assert len(findings(url)) == 100


SHAPES = (
    "/x?{0}={1}", "/x;{0}={1}/y?a=b", "/x/{1}", "/x#{0}={1}", "https://u:{1}@h/x", "/x?u=https%3A%2F%2Fh%3F{0}%3D{1}",
    "/x?{1}", "/x?a=1;{0}={1}",
)  # fmt: skip


@examples(150)
@given(st.sampled_from(["access_token", "sid", "x", "state"]), st.integers(0, 2), st.randoms(use_true_random=False))
def test_a_mask_never_shows_what_it_hides(name: str, layers: int, draw: random.Random) -> None:
    """Whatever surrounds the credential and however it is encoded."""
    secret = SESSION[:25].decode() + "".join(draw.choices("abcdefghkmnpqrstuvwxyzABCDEFGH0123456789._", k=87))
    value = secret
    for _ in range(layers):
        value = quote(value, safe="")
    shape = draw.choice(SHAPES)
    url = shape.format(name, value).encode()
    (one, *_) = findings(url)
    assert one.level is Level.LEAK
    tail = secret[25:]
    assert tail[:12] not in unquoted(redacted_url(url)).decode()
    assert tail[:12] not in repr(findings(url))


@pytest.mark.parametrize("before", ["/page", "/page%", "/page&a=b", "/page%zz=b"])
def test_parameters_behind_a_path_without_a_question_mark_are_looked_at(before: str) -> None:
    wrapped = b64encode(b'{"access_token": "%s"}' % SESSION).decode().rstrip("=")
    assert rules(f"{before}&payload={wrapped}".encode()) == ["L1"]
