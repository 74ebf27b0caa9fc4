"""The prefilter before the detector, by google-re2 and by the standard library: it misses nothing, and is fast."""

from __future__ import annotations

import time
from base64 import b64encode
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.rules.url_tokens import Detector
from conformance.rules.url_tokens.judging import judged, opened
from conformance.rules.url_tokens.names import CREDENTIALS, GENERIC, ONE_TIME, PUBLIC_TOKENS
from conformance.rules.url_tokens.places import split
from conformance.rules.url_tokens.prefilter import Prefilter
from conformance.rules.url_tokens.stdlib_prefilter import StdlibSearch
from tests.corpus import ENCODERS, corpus
from tests.examples import examples
from tests.traced import cpu_seconds

PREFILTERS = Prefilter(), Prefilter(by=StdlibSearch())
SCANS = [prefilter.lines for prefilter in PREFILTERS]
CASES = corpus()
SESSION = b"00D5g0000012abc!AQ8AQJm" + b"aB3x9._Z" * 12
OPAQUE = b"q7Wn2Kc9Zr4Tm8Vb5Yx1Lp6Hd3Gs0FjQ"

LETTERS = st.sampled_from("ABCDEFGHJKMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz0123456789")
VALUES = st.one_of(
    st.text(LETTERS, min_size=8, max_size=60),
    st.text(st.sampled_from("ABab01!$%&*+-./:=@_~ \"'<>[]{}|"), min_size=1, max_size=40),
    st.sampled_from([
        SESSION.decode(), "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJib2IifQ.c2lnbmF0dXJlLXNpZ25hdHVyZQ", "ghp_" + "aB3" * 12,
        "***", "REDACTED", "Bearer " + OPAQUE.decode(), "bob:Tr0ub4dor7", "xoxb-123456789012-" + "aB3" * 8,
        "https://bob:Tr0ub4dor7@db.example.com/x", '{"access_token":"' + OPAQUE.decode() + '"}',
        "https://hooks.slack.com/services/T0AB12CD3/B0AB12CD3/" + "aB3" * 8, "ST-12345-" + "aB3" * 6,
        "AIza" + "aB3" * 12,
    ]),
)  # fmt: skip
NAMES = st.one_of(
    st.sampled_from(
        sorted(
            {
                *CREDENTIALS,
                *GENERIC,
                *ONE_TIME,
                "rlkey",
                "pwd",
                "sig",
                "oauth_signature",
                "plex token",
                "ci_token",
                "code verifier",
                "psw",
                "page token",
                "restart token",
            }
        )
    ),
    st.text(st.sampled_from("abkeytoknsd_-.[]"), max_size=12),
)


@st.composite
def encoded(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """A text in up to three layers of encodings."""
    text = draw(texts)
    for _ in range(draw(st.integers(0, 3))):
        text = draw(st.sampled_from([*ENCODERS.values(), lambda plain: plain]))(text)
    return text


@st.composite
def dressed(draw: st.DrawFn) -> str:
    """A name, written in another way that means the same."""
    name = draw(NAMES)
    cut = draw(st.integers(0, len(name)))
    name = name[:cut] + draw(st.sampled_from(["", "_", "-", ".", "_-"])) + name[cut:]
    name = draw(st.sampled_from([str.lower, str.upper, str.title]))(name)
    name = draw(st.sampled_from(["", " ", "%00", "+", "user[", "a.", "x_"])) + name
    name += draw(st.sampled_from(["", "[]", "%5B0%5D", "[a]", " ", "%00", "]"]))
    return draw(st.sampled_from([str, ENCODERS["all"], lambda text: quote(quote(text))]))(name)


@st.composite
def urls(draw: st.DrawFn) -> bytes:
    """URLs with credentials of all kinds in all places and encodings."""
    name, value = draw(dressed()), draw(encoded(VALUES))
    shape = draw(
        st.sampled_from([
            "/x?{0}={1}", "/x?a=1&{0}={1}&b=2", "/x?a=1;{0}={1}", "/x;{0}={1}/y", "/{1}/x", "https://{1}@example.com/",
            "https://u:{1}@example.com/", "/x#{0}={1}", "/x#/r?{0}={1}", "/x?u={2}", "/x?{1}", "/bot{1}/x", "//h/{1}",
            "/x?j=%7B%22{0}%22%3A%22{1}%22%7D", "https://acct.blob.example.com/c?sv=1&sr=b&se=2030-01-01&sig={1}",
            "/x?user=bob&{0}={1}", "/x?q=a%26{0}%3D{1}", "/x?query=mutation%7Ba({0}:%22{1}%22)%7Bid%7D%7D",
            "https://{1}:@example.com/", "/(S({1}))/x",
            "/hooks/{1}", "https://hook.eu1.make.com/{1}",
        ])
    )  # fmt: skip
    inner = quote(f"https://b.example.com/?{name}={value}", safe="")
    return shape.format(name, value, inner).encode("utf-8", "surrogateescape")


@examples(400)
@given(urls())
def test_the_gate_opens_for_whatever_the_rules_find(url: bytes) -> None:
    """In a log line it does the same, so a log may be searched without being parsed."""
    found = list(judged(opened(split(url))))
    if found:
        for prefilter in PREFILTERS:
            assert prefilter.passes(url), [(one.rule, one.piece.name, one.secret) for one in found]
        escaped = url.replace(b"\\", b"\\\\").replace(b'"', b'\\"')  # as servers log them
        for line in (b'"GET %b HTTP/1.1" 200 5 "-" "curl/8"\n' % escaped, b'"GET /" 200 5 "%b" "curl/8"\n' % escaped):
            log = b'10.0.0.1 - - [10/Nov/2026:13:00:00 +0000] "GET /" 200 5 "-" "curl/8"\n10.0.0.1 - - [-] ' + line
            for scan in SCANS:
                assert b"\n" in url or list(scan(log)), line


@pytest.mark.parametrize("text", ['{"offset":200,"limit":50}', "account created 2026-11-24, by name"])
def test_the_base64_of_a_harmless_text_does_not_pass_the_prefilter(text: str) -> None:
    """Cursors are often that; what stands in one is looked at like any other text."""
    prefilter = Prefilter()
    for _ in range(3):
        text = b64encode(text.encode()).decode()
        assert not prefilter.passes(f"/x?cursor={quote(text)}".encode())
    secret = b64encode(b'{"access_token":"' + OPAQUE + b'"}').decode()
    for _ in range(3):
        assert prefilter.passes(f"/x?cursor={quote(secret)}".encode())
        secret = b64encode(secret.encode()).decode()


def test_a_session_is_told_from_the_number_of_a_connection() -> None:
    """Engine.IO polls with a sid that opens nothing; logs are full of them, and none is worth a look."""
    polled = b'"GET /socket.io/?EIO=4&transport=polling&sid=%b HTTP/1.1" 200 5' % OPAQUE[:20]
    others = [
        b'"GET /x?a=1&sid=%b HTTP/1.1" 200 5' % OPAQUE,
        b'"GET /x?EIO=4&u=/y?a=1&sid=%b HTTP/1.1" 200 5' % OPAQUE,
        b'"GET /EIO=4/x?EI=O&sid=%b HTTP/1.1" 200 5' % OPAQUE,
        b'"GET /x?EIO=4 HTTP/1.1" 200 5 "https://b.example.com/?a=1&sid=%b"' % OPAQUE,
    ]
    for scan in SCANS:
        assert not list(scan(polled))
        assert [line for _, line in scan(b"\n".join([polled, *others]))] == others


def test_a_token_by_which_a_list_goes_on_is_not_worth_a_look() -> None:
    """Whether the search of lines knows the word before it or not. The standard library knows the short ones."""
    words = [word.encode() for word in PUBLIC_TOKENS if word.isalpha()]
    public = [b'"GET /x?%bToken=%b HTTP/1.1" 200 5' % (word, OPAQUE) for word in words]
    other = b'"GET /x?restartToken=%b HTTP/1.1" 200 5' % OPAQUE
    automaton, stdlib = ([line for _, line in scan(b"\n".join([*public, other]))] for scan in SCANS)
    assert [other] == automaton
    assert other in stdlib
    assert len(stdlib) < len(words) / 2


def test_a_name_at_the_beginning_of_a_line_is_seen_in_each_line() -> None:
    lines = [b"sid=%b" % OPAQUE] * 3
    for scan in SCANS:
        assert [line for _, line in scan(b"\n".join(lines))] == lines


def test_userinfo_in_a_logged_connect_is_worth_a_look() -> None:
    line = b'10.0.0.1 - - [-] "CONNECT user:Tr0ub4dor7@b.example.com:443 HTTP/1.1" 400 5'
    for scan in SCANS:
        assert [found for _, found in scan(line)] == [line]


def test_without_google_re2_the_detector_is_slower_and_as_good() -> None:
    """What is searched by the standard library lets through little more than the automaton does, and nothing less."""
    automaton, stdlib = PREFILTERS
    urls = [case.text.encode() for case in CASES]
    assert sum(map(automaton.passes, urls)) <= sum(map(stdlib.passes, urls)) < 1.15 * sum(map(automaton.passes, urls))
    for url in urls:
        if list(judged(opened(split(url)))):
            assert stdlib.passes(url), url


def test_lines_are_found_across_windows_and_without_a_last_line_feed() -> None:
    """A block is searched in windows; no line is lost between them, and none is given twice."""
    leak = b"GET /x?access_token=" + OPAQUE + b" HTTP/1.1"
    for padding in (0, 1, 262_100, 262_144, 300_000, 700_000):
        block = b"GET /y HTTP/1.1\n" * (padding // 16) + leak + b"\n" + b"a" * (padding % 997) + b"\n" + leak
        for prefilter in PREFILTERS:
            found = list(prefilter.lines(block))
            assert [line for _, line in found] == [leak, leak]
            assert [block[at : at + len(leak)] for at, _ in found] == [leak, leak]


# Time.


def seconds(url: bytes, times: int = 3) -> float:
    """The least that a URL takes in so many tries."""
    detector = Detector()
    detector.remember(OPAQUE, "token")
    best = 9.0
    for _ in range(times):
        started = time.process_time()
        detector.url(url)
        best = min(best, time.process_time() - started)
    return best


@pytest.mark.parametrize(
    "unit",
    [
        b"a=b&", b"access_token=q7Wn2Kc9Zr4Tm8Vb&", b"/x", b"%2525", b"[", b"token[", b"eyJ-", b"://", b"<", b";",
        b"eyJhbGciOiJSUzI1NiJ9.", b"https%3A%2F%2Fa%3Fb%3D", b"00D5g0000012abc!", b"force://", b"%41", b"12345678",
        b"a" * 40 + b".", b'{"a":', b"YWNjZXNzX3Rva2Vu", b"access_token=%26", b"tokentoken", b"sk.eyJaaaa", b"user:pw@",
        b"/T0AB12CD3", b"bearer ", b"-eyJ", b"key=!", b"EIO=", b"%2F%2F", b"token%5B", b"YWNjZXNzX3Rva2VuYWNjZXNz&",
    ],
)  # fmt: skip
def test_time_grows_with_the_length_and_not_faster(unit: bytes) -> None:
    """Four times the URL takes at most about four times as long, also for the standard library; a megabyte, seconds."""
    small, large = (b"/x?access_token=" + unit * (size // len(unit)) for size in (64_000, 256_000))
    assert seconds(large) < 10 * seconds(small) + 0.02
    megabyte = b"/x?q=" + unit * (1_000_000 // len(unit))
    assert seconds(megabyte, times=1) < 8
    started = time.process_time()
    quarter = megabyte[:250_000]
    for prefilter in PREFILTERS:
        assert prefilter.passes(quarter) is bool([*prefilter.lines(quarter)])
    assert time.process_time() - started < cpu_seconds(8)
