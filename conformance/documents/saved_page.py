"""A page that somebody saved, as HTML or plain text: the sentences of the part that a source cites.

Beautiful Soup reads the HTML; it is an extra. Nothing in a page is executed, and nothing that it refers to is loaded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard
from urllib.parse import unquote, urldefrag

from conformance.documents.reading import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bs4 import BeautifulSoup, Tag
    from bs4.element import PageElement

MAX_BYTES = 20_000_000
LEAST_TEXT = 200
"""Fewer letters and digits than these are the frame of a page whose text a script would load."""

_BESIDE_THE_TEXT = ("script", "style", "noscript", "template", "svg", "nav", "footer", "aside", "head")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = (
    *(
        *_HEADINGS,
        "p",
        "li",
        "tr",
        "pre",
        "div",
        "section",
        "article",
        "main",
        "dt",
        "dd",
        "blockquote",
        "table",
        "body",
    ),
)
_OPEN_ENDED = ("li", "dt", "dd", "tr")
_GROUPS = ("ul", "ol", "dl", "table")
_SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+(?=[^\w\s]?[A-Z0-9])|\n")
_BEFORE_MARKUP = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"  # marks of the encoding, and blanks
_SAVED_FROM = re.compile(rb"<!-- saved from url=\(\d+\)(https?://[^\s>]+) -->")


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a page that a source cites.

    Attributes:
        kind: `anchor`, `heading`, or `page` for all of it.
        sentences: its text, white space made even, in the order of the page.
    """

    kind: str
    sentences: tuple[str, ...]


def saved_from(head: bytes) -> str:
    """The address that a browser wrote into the beginning of a page when it saved it; empty if none did."""
    found = _SAVED_FROM.search(head)
    return urldefrag(found[1].decode("ascii", "replace")).url if found else ""


class SavedPage:
    """A page as it is in its file.

    Args:
        content: the bytes of the file.

    Raises:
        UsageProblem: Beautiful Soup is not installed.
    """

    def __init__(self, content: bytes) -> None:
        try:
            from bs4 import BeautifulSoup
        except ModuleNotFoundError:
            message = "seasonproof sources needs Beautiful Soup, an extra: pip install 'seasonproof[sources]'"
            raise UsageProblem([message]) from None
        is_html = content[:4096].lstrip(_BEFORE_MARKUP).startswith(b"<")
        markup = content if is_html else b"<pre>" + content.replace(b"&", b"&amp;").replace(b"<", b"&lt;")
        self._soup: BeautifulSoup = BeautifulSoup(markup, "html.parser")
        for beside in self._soup(_BESIDE_THE_TEXT):
            beside.decompose()

    @property
    def is_empty(self) -> bool:
        """Whether it has next to no text."""
        return sum(map(str.isalnum, self._soup.get_text())) < LEAST_TEXT

    def part(self, fragment: str, section: str) -> Part:
        """What a source cites: what its address points to, else what is below its heading, else the whole page.

        Args:
            fragment: what follows the # in the address; empty if nothing does.
            section: the heading; empty if none is cited.
        """
        name = unquote(fragment)
        anchor = self._soup.find(id=name) or self._soup.find("a", attrs={"name": name}) if name else None
        if anchor is not None:
            return Part("anchor", _sentences(self._at(anchor)))
        heading = next((one for one in self._soup(_is_heading) if section and _is_called(one, section)), None)
        if heading is not None:
            return Part("heading", _sentences(_below(heading)))
        return Part("page", _sentences(self._soup.descendants))

    def _at(self, anchor: Tag) -> Iterator[PageElement]:
        """A heading, or a mark in or before one, with what is below it; else the block, or the one around the mark."""
        heading = next((one for one in [anchor, *anchor.parents] if _is_heading(one)), None)
        if heading is None and not anchor.get_text(strip=True):
            following = anchor.find_next(lambda one: one.name in _BLOCKS or _is_heading(one))
            heading = following if following is not None and _is_heading(following) else None
        if heading is not None:
            return _below(heading)
        block = next((one for one in [anchor, *anchor.parents] if one.name in _BLOCKS), anchor)
        return _inside(block)


# ------------------------------------------------------------------ details


def _is_heading(tag: Tag) -> bool:
    return _level(tag) is not None


def _level(tag: Tag) -> int | None:
    """The rank of a heading. RFCs of before 2020 mark theirs by the class of a span."""
    names = [tag.name, *(tag.get_attribute_list("class") if tag.name == "span" else [])]
    return next((int(name[1]) for name in names if name in _HEADINGS), None)


def _is_called(heading: Tag, section: str) -> bool:
    """Whether it is the heading, its number and its mark for links apart."""
    text = re.sub(r"^[\d.\s]+|[#¶§\s]+$", "", " ".join(heading.get_text(" ").split()))
    return text.casefold() == re.sub(r"^[\d.\s]+", "", section).strip().casefold()


def _below(heading: Tag) -> Iterator[PageElement]:
    """A heading's own text, and what follows until the next heading that is not below it."""
    rank = _level(heading) or 0
    for element in heading.next_elements:
        found = _level(element) if _is_tag(element) else None
        if found is not None and found <= rank:
            return
        yield element


def _inside(block: Tag) -> Iterator[PageElement]:
    """What is in a block. One whose end is left out, as HTML allows, ends where the next begins."""
    around = block.find_parent(_GROUPS)
    ends = _BLOCKS if block.name == "p" else (block.name,) if block.name in _OPEN_ENDED else ()
    for element in block.descendants:
        if _is_tag(element) and element.name in ends and element.find_parent(_GROUPS) is around:
            return
        yield element


def _is_tag(element: PageElement) -> TypeGuard[Tag]:
    return hasattr(element, "attrs")


def _sentences(elements: Iterable[PageElement]) -> tuple[str, ...]:
    from bs4.element import NavigableString, PreformattedString

    lines: list[str] = []
    last: Tag | None = None
    for element in elements:
        if not isinstance(element, NavigableString) or isinstance(element, PreformattedString):
            continue  # a tag, or a comment
        block = element.find_parent(_BLOCKS)
        text = str(element)
        if block is not None and block.name == "pre":
            text = re.sub(r"\n\s*\n", "\0", text)  # a paragraph ends where a line is empty
        lines.append(text if block is last else f"\0{text}")
        last = block
    blocks = "\n".join(" ".join(block.split()) for block in "".join(lines).split("\0"))
    return tuple(one.strip() for one in _SENTENCE_END.split(blocks) if any(c.isalpha() for c in one))
