"""Hypothesis strategies for query strings. They hold no secret: a place stands for the token until it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from hypothesis import strategies as st

TOKEN_PARAMETER = "access_token"
"""The name of the token parameter (RFC 6750, section 2.3)."""

_OTHERS = ("application_id=0xI000000000001", "redirect_uri=%2Flightning%2Fpage%2Fhome", "x=", "state=a%26b", "empty")


@dataclass(frozen=True, slots=True)
class Query:
    """A query string in which `{token}` stands for the access token, such as `x=1&access_token={token}`."""

    template: str

    def __str__(self) -> str:
        return self.template

    def carrying(self, token: str) -> str:
        """The query string with a token in it, percent-encoded as a client encodes it."""
        return self.template.replace("{token}", quote(token, safe=""))


PLAIN = Query(f"{TOKEN_PARAMETER}={{token}}")


def queries_carrying_the_token() -> st.SearchStrategy[Query]:
    """The token parameter as clients write it, alone or among other parameters."""
    others = st.lists(st.sampled_from(_OTHERS), max_size=2, unique=True)
    return st.builds(_joined, others, st.just(PLAIN.template), others)


def respelled_queries() -> st.SearchStrategy[Query]:
    """The token parameter, percent-encoded or repeated: what a careless block does not see."""
    single = st.one_of(_encoded_names().map(lambda name: f"{name}={{token}}"), st.sampled_from(_REPEATED))
    return st.builds(_joined, st.lists(st.sampled_from(_OTHERS), max_size=1), single, st.just([]))


def look_alikes() -> st.SearchStrategy[str]:
    """Query strings whose parameter names or values only resemble a token parameter."""
    return st.lists(st.sampled_from(LOOK_ALIKES), min_size=1, max_size=2, unique=True).map("&".join)


RESPELLED = tuple(
    map(
        Query,
        (
            "%61ccess_token={token}",
            "access%5Ftoken={token}",
            "access_token=&access_token={token}",
            "access_token=none&access_token={token}",
        ),
    )
)
"""The spellings that are tried at every depth."""

SEPARATED = tuple(map(Query, ("x=1;access_token={token}", "x=;access_token={token};y=")))
"""The token parameter between semicolons, which some parsers take for ampersands."""

_REPEATED = (
    "access_token=&access_token={token}",
    "access_token=none&access_token={token}",
    "access_token={token}&access_token={token}",
    "access_token={token}&access_token=none",
    "&&access_token={token}",
)
LOOK_ALIKES = (
    "access_token_hint=none",
    "my_access_token=1",
    "access_tokens=0",
    "accesstoken=x",
    "redirect_uri=%2Flightning%2Fn%2Faccess_token_help",
    "topic=access_token",
    "x_access_token_type=bearer",
)
"""Parameters whose names or values only resemble a token parameter."""

OTHER_NAMES = (
    "oauth_token",
    "sid",
    "token",
    "bearer_token",
    "session_id",
    "sessionId",
    "authorization",
    "access_token[]",
)
"""Parameter names under which sibling endpoints and other systems take a token."""


def _encoded_names() -> st.SearchStrategy[str]:
    """`access_token` with one or more of its letters percent-encoded, in either case of the hex digits."""
    positions = st.sets(st.integers(0, len(TOKEN_PARAMETER) - 1), min_size=1, max_size=3)
    return st.builds(_percent_encoded, positions, st.booleans())


def _percent_encoded(positions: set[int], lower: bool) -> str:
    digits = "%{:02x}" if lower else "%{:02X}"
    return "".join(digits.format(ord(c)) if i in positions else c for i, c in enumerate(TOKEN_PARAMETER))


def _joined(before: list[str], middle: str, after: list[str]) -> Query:
    return Query("&".join([*before, middle, *after]))
