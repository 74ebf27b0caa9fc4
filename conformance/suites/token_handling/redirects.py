"""Where a session may land, and Hypothesis strategies for where it may not."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from hypothesis import strategies as st


@dataclass(frozen=True, slots=True)
class Redirect:
    """A value of redirect_uri, such as `/lightning/page/home`."""

    path: str

    def __str__(self) -> str:
        return self.path

    def at(self, host: str) -> Redirect:
        """The same with the org's own host in the places where `{own}` stands."""
        return Redirect(self.path.replace("{own}", host))

    def as_query(self) -> str:
        """The query string `redirect_uri=…`, percent-encoded."""
        return f"redirect_uri={quote(self.path, safe='')}"


HOME = Redirect("/lightning/page/home")
LANDING = Redirect("/lightning/n/seasonproof_landing")

LANDINGS = (
    LANDING,
    Redirect(f"{LANDING.path}?c__first=1&c__second=2"),
    Redirect("/lightning/n/access_token_help"),
)
"""Pages of an org: one has parameters of its own, as an address for authorization has, and one a suspicious name."""

_FOREIGN_HOST = "evil.example"
FOREIGN = (
    Redirect(f"https://{_FOREIGN_HOST}/"),
    Redirect(f"//{_FOREIGN_HOST}"),
    Redirect(f"/\\{_FOREIGN_HOST}"),
    Redirect(f"https://{{own}}.{_FOREIGN_HOST}/"),
    Redirect(f"https://{{own}}@{_FOREIGN_HOST}/"),
    Redirect(f"/%2F{_FOREIGN_HOST}"),
    Redirect(f"/%5C{_FOREIGN_HOST}"),
    Redirect(f"/%252F{_FOREIGN_HOST}"),
    Redirect(f"/\t/{_FOREIGN_HOST}"),
)
"""The foreign addresses that are tried at every depth."""

_PREFIXES = (
    "https://",
    "http://",
    "//",
    "\\\\",
    "/\\",
    "\\/",
    "/\t/",
    "/%2F",
    "/%5c",
    "/%252f",
    "%2F%2F",
    "https:/\\",
    " https://",
    "https://{own}@",
    "https://{own}.",
)
_SUFFIXES = ("", "/", "/lightning/page/home", "?x=/lightning/page/home", "#/lightning/page/home", "/%2e%2e")


def foreign_redirects() -> st.SearchStrategy[Redirect]:
    """Values that a browser reads as a foreign host, in spellings that a check by prefix lets through."""
    return st.builds(_foreign, st.sampled_from(_PREFIXES), st.sampled_from(_SUFFIXES))


def _foreign(prefix: str, suffix: str) -> Redirect:
    return Redirect(prefix + _FOREIGN_HOST + suffix)
