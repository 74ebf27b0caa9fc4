"""Hypothesis strategies for token requests. They hold no secret."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

UNKNOWN = (("foo", "1"), ("assertion_hint", "a&b=c"), ("X", ""), ("client_secret_hint", "none"), ("länge", "ü %+"))
"""Parameters that no server knows, tried at every depth."""

EMPTY = ("code", "redirect_uri", "code_verifier", "refresh_token")
"""Parameters of other grants, which count as absent where they have no value."""

MALFORMED = ("Basic", "Basic !!!", "Basic YWJj", "Basic OnNlY3JldA==", "Bearer none", "Negotiate YWJjOmRlZg==", "x")
"""Authorization headers that prove nothing: no value, no Base64, no colon, no id, other schemes."""

UNREADABLE = ("Basic !!!", "Basic YWJj")
"""Basic credentials that nobody can read: no Base64, and no colon."""

_NAMES = st.text("abcdefghijklmnopqrstuvwxyz_-.", min_size=3, max_size=20).map("zz_".__add__)
_VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x17F), max_size=30)


def unknown_parameters() -> st.SearchStrategy[tuple[str, str]]:
    """A parameter of a made-up name, with any text as value."""
    return st.tuples(_NAMES, _VALUES)


@dataclass(frozen=True, slots=True)
class Distortion:
    """What turns the identifier of an audience into that of another one: something before, after, or a changed part."""

    before: str = ""
    after: str = ""
    old: str = ""
    new: str = ""

    def __str__(self) -> str:
        return f"{self.before}…{self.after}" if not self.old else f"{self.new} for {self.old}"

    def of(self, audience: str) -> str:
        """The distorted audience."""
        changed = audience.replace(self.old, self.new, 1) if self.old and self.old in audience else audience
        distorted = f"{self.before}{changed}{self.after}"
        return distorted if distorted != audience else f"{audience}.other"


DISTORTIONS = (
    Distortion(after=".evil.example"),
    Distortion(after="/other"),
    Distortion(after="&x=1"),
    Distortion(before="x"),
    Distortion(after="%00"),
)
"""The distortions that are tried at every depth."""


def distortions() -> st.SearchStrategy[Distortion]:
    """Distortions with reserved characters, such as a check by prefix lets through."""
    ends = st.text("abcxyz019._-~:/?@!$&'()*+,;=%#[] \\", min_size=1, max_size=12)
    return st.one_of(
        ends.map(lambda end: Distortion(after=f"x{end}")),
        ends.map(lambda end: Distortion(before=f"{end}x")),
        st.sampled_from(("https", "api", "example", ".", "/")).map(lambda part: Distortion(old=part, new=f"{part}z")),
    )


def malformed_headers() -> st.SearchStrategy[str]:
    """Authorization headers whose value is no Base64 of a pair."""
    values = st.text("ABCxyz019+/=!?-_", min_size=1, max_size=24)
    return st.tuples(st.sampled_from(("Basic", "basic", "Digest", "Bearer")), values).map(" ".join)


@dataclass(frozen=True, slots=True)
class Repetition:
    """A parameter that comes twice: with the same value or another one, which stands before it or after it."""

    name: str
    other_value: str | None = None
    first: bool = False

    def __str__(self) -> str:
        if self.other_value is None:
            return f"{self.name} twice"
        return f"{self.name} and {self.name}={self.other_value} {'before' if self.first else 'after'} it"


REPETITIONS = (
    Repetition("grant_type"),
    Repetition("grant_type", "refresh_token"),
    Repetition("client_secret"),
    Repetition("scope"),
)
"""The repetitions that are tried at every depth."""


def repetitions() -> st.SearchStrategy[Repetition]:
    """Any parameter that every server knows, twice."""
    values = st.one_of(st.none(), st.text("abcxyz019._-", min_size=1, max_size=12))
    names = st.sampled_from(("grant_type", "scope", "client_secret", "client_id"))
    return st.builds(Repetition, names, values, st.booleans())
