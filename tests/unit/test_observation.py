"""What overheard traffic adds up to: each requirement catches its faulty client, and spares the ones that behave."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.judging.verdict import RunVerdict
from conformance.rules.bearer_origins import Origin
from conformance.rules.outcome import Outcome
from conformance.rules.url_tokens import Detector
from conformance.traffic.observation import Observation, described
from tests.examples import examples

TOKEN = b"00D000000000001!AQ4AQ.observed-made-up" + b"Zb8Yc7Vd6We5Uf4Tg3Sh2Ri1" * 4
OPAQUE = b"q7Zk2Vb9Xw4Lm6Tn8Rp1Sd3F"
BEARER = (b"Authorization", b"Bearer " + OPAQUE)
HERE: Origin = (b"https", b"acme.example.com", 443)
THERE: Origin = (b"https", b"other.example.com", 443)
LANDING = b"https://other.example.com/landing?page=2"

type Field = tuple[bytes, bytes]


class Client:
    """Sends heads to an observation, as a proxy overhears them."""

    def __init__(self, *origins: str) -> None:
        self.heard = Observation(Detector(), origins)

    def get(
        self, target: bytes, *headers: Field, to: Origin = HERE, status: int = 200, answer: tuple[Field, ...] = ()
    ) -> None:
        sent = (*headers, (b"Host", to[1]))
        self.heard.request(b"GET", target, sent, to)
        self.heard.response(status, answer, target, sent, to)

    def outcomes(self) -> dict[str, Outcome]:
        return {verdict.requirement.id: verdict.outcome for verdict in self.heard.verdicts("traffic")}


def behaves(client: Client) -> None:
    """Everything that a requirement could be judged by, and nothing wrong with it."""
    client.get(b"/api", BEARER, (b"Referer", b"https://acme.example.com/home?tab=1"))
    client.get(b"/next", BEARER, status=302, answer=((b"Location", LANDING),))
    client.get(b"/landing?page=2", to=THERE)


def test_a_client_that_behaves_passes_everything() -> None:
    client = Client()
    behaves(client)
    assert set(client.outcomes().values()) == {Outcome.PASSED}
    assert client.heard.verdict("traffic") is RunVerdict.CONFORMANT
    assert not client.heard.leaks


def token_in_the_query(client: Client) -> None:
    client.get(b"/services/oauth2/singleaccess?access_token=" + TOKEN)


def header_value_in_the_path(client: Client) -> None:
    client.get(b"/files/" + OPAQUE)


def token_in_the_referer(client: Client) -> None:
    client.get(b"/image", (b"Referer", b"https://acme.example.com/?sid=" + TOKEN))


def token_in_a_websocket_address(client: Client) -> None:
    client.get(b"/socket?access_token=" + TOKEN, (b"Upgrade", b"websocket"), status=101)


def token_in_an_event_stream_address(client: Client) -> None:
    client.get(b"/events?access_token=" + TOKEN, (b"Accept", b"text/event-stream"))


def redirect_with_a_token(client: Client) -> None:
    client.get(b"/go", BEARER, status=302, answer=((b"Location", b"/frontdoor.jsp?sid=" + TOKEN),))


def header_kept_across_origins(client: Client) -> None:
    client.get(b"/next", BEARER, status=307, answer=((b"Location", LANDING),))
    client.get(b"/landing?page=2", BEARER, to=THERE)


def header_of_the_scheme_oauth_kept_across_origins(client: Client) -> None:
    header = (b"Authorization", b"OAuth " + TOKEN)
    client.get(b"/next", header, status=307, answer=((b"Location", LANDING),))
    client.get(b"/landing?page=2", header, to=THERE)


def header_of_bulk_api_1_kept_across_origins(client: Client) -> None:
    header = (b"X-SFDC-Session", TOKEN)
    client.get(b"/next", (b"Authorization", b"Bearer " + TOKEN), header, status=307, answer=((b"Location", LANDING),))
    client.get(b"/landing?page=2", header, to=THERE)


FAULTS = {
    token_in_the_query: "TIU-01",
    header_value_in_the_path: "TIU-01",
    token_in_the_referer: "TIU-02",
    token_in_a_websocket_address: "TIU-02",
    token_in_an_event_stream_address: "TIU-02",
    redirect_with_a_token: "TIU-02",
    header_kept_across_origins: "TIU-07",
    header_of_the_scheme_oauth_kept_across_origins: "TIU-07",
    header_of_bulk_api_1_kept_across_origins: "TIU-07",
}


@pytest.mark.parametrize("repeated", [1, 2])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_trips_its_requirement_and_no_other(fault, repeated: int) -> None:  # type: ignore[no-untyped-def]
    """Whether a head is heard for the first time or again."""
    client = Client()
    behaves(client)
    for _ in range(repeated):
        fault(client)
    deviating = Outcome.FAILED if FAULTS[fault] == "TIU-01" else Outcome.DIFFERS
    assert client.outcomes() == {**dict.fromkeys(client.outcomes(), Outcome.PASSED), FAULTS[fault]: deviating}
    case = next(case for case in client.heard.cases() if case.requirement == FAULTS[fault])
    assert case.missed == repeated
    assert TOKEN.decode() not in case.message
    assert OPAQUE.decode() not in case.message


def test_a_value_that_turns_out_to_be_a_credential_later_has_leaked() -> None:
    client = Client()
    client.get(b"/page?ref=" + OPAQUE)
    assert not client.heard.leaks
    client.get(b"/api", BEARER)
    assert [one.finding.rule for one in client.heard.leaks] == ["L5"]


def test_a_token_that_an_answer_handed_out_is_known() -> None:
    client = Client()
    client.heard.body(b"application/json", b'{"access_token": "' + OPAQUE + b'"}')
    client.get(b"/page?ref=" + OPAQUE)
    assert [one.finding.rule for one in client.heard.leaks] == ["L5"]


def test_what_was_never_seen_is_not_tested() -> None:
    assert set(Client().outcomes().values()) == {Outcome.NOT_TESTED}
    without_a_credential = Client()
    without_a_credential.get(b"/", (b"Referer", b"https://acme.example.com/"))
    assert set(without_a_credential.outcomes().values()) == {Outcome.NOT_TESTED}
    assert without_a_credential.heard.verdict("traffic") is RunVerdict.INCOMPLETE
    only_the_api = Client()
    only_the_api.get(b"/api", BEARER)
    assert only_the_api.outcomes() == {
        "TIU-01": Outcome.PASSED,
        "TIU-02": Outcome.NOT_TESTED,
        "TIU-07": Outcome.NOT_TESTED,
    }


def test_where_tokens_belong_can_be_said() -> None:
    client = Client("https://acme.example.com")
    client.get(b"/api", BEARER)
    assert client.outcomes()["TIU-07"] is Outcome.PASSED
    client.get(b"/api", BEARER, to=THERE)
    assert client.outcomes()["TIU-07"] is Outcome.DIFFERS
    [case] = [case for case in client.heard.cases() if case.requirement == "TIU-07"]
    assert case.message == "a bearer token went to https://other.example.com:443"
    assert (case.tried, case.missed) == (2, 1)


def test_a_signature_of_oauth_1_is_no_token() -> None:
    client = Client()
    signed = (b"Authorization", b'OAuth oauth_consumer_key="dpf43f3p2l4k3l03", oauth_signature="tR3%2BTy81lMeYAr"')
    client.get(b"/next", signed, status=307, answer=((b"Location", LANDING),))
    client.get(b"/landing?page=2", signed, to=THERE)
    assert client.outcomes()["TIU-07"] is Outcome.NOT_TESTED


@pytest.mark.parametrize("bad", ["acme.example.com", "ftp://acme.example.com", "https://"])
def test_what_is_no_origin_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="is not an origin"):
        Observation(Detector(), [bad])


def test_what_went_unchecked_is_never_green() -> None:
    client = Client()
    behaves(client)
    client.heard.unchecked += 1
    assert set(client.outcomes().values()) == {Outcome.HARNESS_ERROR}
    assert client.heard.verdict("traffic") is RunVerdict.INCOMPLETE


def test_places_are_bounded_and_what_is_beyond_is_counted() -> None:
    client = Client()
    for n in range(1100):
        client.get(b"/?access_token=" + TOKEN, to=(b"https", b"host-%d.example.com" % n, 443))
    assert len(client.heard.findings) == 1000
    [case] = [case for case in client.heard.cases() if case.requirement == "TIU-01"]
    assert "and at 1092 more places" in case.message


def test_nothing_that_a_terminal_obeys_is_in_a_description() -> None:
    client = Client()
    client.get(b"/\x1b]52;c;x\x07?access\x1b_token=" + TOKEN, to=(b"https", b"a\x1b.example.com", 443))
    [one] = client.heard.leaks
    assert "\x1b" not in described(one.finding) + one.address
    assert described(one.finding).startswith("L1 leak: access\\x1b_token in the query")
    assert one.address == "a\\x1b.example.com/\\x1b]52"


def test_a_request_that_could_not_be_looked_at_whole_is_never_green() -> None:
    client = Client()
    behaves(client)
    client.get(b"/a?" + b"b" * 70_000)
    assert client.heard.unread == 1
    assert set(client.outcomes().values()) == {Outcome.INCONCLUSIVE}
    assert client.heard.verdict("traffic") is RunVerdict.INCOMPLETE


def test_each_referer_of_a_request_is_looked_at_again() -> None:
    """Not the last one alone, when the same headers come once more."""
    client = Client()
    headers = (
        (b"Referer", b"https://acme.example.com/?sid=" + TOKEN),
        (b"Referer", b"https://acme.example.com/home"),
    )
    for _ in range(3):
        client.get(b"/image", *headers)
    assert [(one.finding.rule, one.count) for one in client.heard.leaks] == [("L4", 3)]


PIECES = (
    b"/a",
    b"?sid=",
    b"&x=",
    OPAQUE,
    TOKEN,
    b"eyJvZmZzZXQiOjIwMH0",
    b"%41",
    b"1234",
    b";",
    b"#",
    b"\x00",
    b"//u:p@h/",
)


@examples(100)
@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from(PIECES), max_size=5).map(b"".join), st.sampled_from(range(4))), max_size=12
    ),
    st.booleans(),
)
def test_the_short_way_says_what_the_long_way_says(heard: list[tuple[bytes, int]], origins: bool) -> None:
    """Requests of the common kind are heard in fewer steps: with the same findings, and the same score."""
    heads: tuple[tuple[Field, ...], ...] = (
        (),
        (BEARER,),
        ((b"Referer", b"https://acme.example.com/?ref=" + OPAQUE),),
        ((b"Accept", b"text/event-stream"), (b"X", b"a\rb")),
    )
    both = [Observation(Detector(salt=b"one"), ["https://acme.example.com"] if origins else []) for _ in range(2)]
    for target, head in heard:
        long = both[0].request(b"GET", target, heads[head], HERE)
        short = (
            () if both[1].familiar(target, heads[head], HERE[1]) else both[1].request(b"GET", target, heads[head], HERE)
        )
        assert short == long
    assert [one.cases() for one in both[1:]] == [one.cases() for one in both[:1]]
    assert [both[0].requests, both[0].authenticated] == [both[1].requests, both[1].authenticated]
    assert [(s.finding, s.count) for s in both[0].leaks] == [(s.finding, s.count) for s in both[1].leaks]
