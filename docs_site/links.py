"""The links of a built site: each leads to a page or a place that is there, and outside only to public addresses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_NAMES = {"a": "href", "link": "href", "img": "src", "script": "src", "source": "src", "iframe": "src"}


@dataclass(frozen=True, slots=True)
class Page:
    """What a page has.

    Attributes:
        places: the anchors that a link may lead to.
        links: the addresses that its elements name, each with the element.
    """

    places: set[str] = field(default_factory=set)
    links: list[tuple[str, str]] = field(default_factory=list)


def broken_links(site: Path) -> Iterator[str]:
    """A line for each link that leads nowhere, or makes the reader's browser ask another host."""
    pages = {path: _read(path) for path in sorted(site.rglob("*.html")) if "files" not in path.relative_to(site).parts}
    for path, page in pages.items():
        for element, link in page.links:
            if reason := _wrong(link, element, path, pages, site):
                yield f"{path.relative_to(site)}: <{element}> {link}: {reason}"


# ------------------------------------------------------------------ details


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value for name, value in attrs if value is not None}
        self.page.places.update(given[name] for name in ("id", "name") if name in given)
        if (link := given.get(_NAMES.get(tag, ""))) is not None and given.get("rel") not in (
            "canonical",
            "prev",
            "next",
        ):
            self.page.links.append((tag, link))


def _read(path: Path) -> Page:
    reader = _Reader()
    reader.feed(path.read_text("utf-8"))
    return reader.page


def _wrong(link: str, element: str, path: Path, pages: dict[Path, Page], site: Path) -> str:
    try:
        parts = urlsplit(link)
    except ValueError as error:
        return str(error)
    if parts.scheme or parts.netloc:
        if element != "a":
            return "it is fetched from elsewhere" if parts.scheme != "data" else ""
        return (
            ""
            if parts.scheme == "mailto" or (parts.scheme in ("http", "https") and "." in parts.netloc)
            else "no address"
        )
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if path.name == "404.html" and link.startswith("/"):  # a server shows it anywhere
        return ""
    if target.is_dir():
        target /= "index.html"
    if not target.is_file() or not target.is_relative_to(site):
        return "there is no such file"
    if parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].places:
        return "the page has no such place"
    return ""
