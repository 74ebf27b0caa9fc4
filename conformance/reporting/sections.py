"""Reports that are tables: the same sections as text, Markdown and HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import shorten

from conformance.reporting.markdown import rows, text

_CELL = 90  # the most characters of a cell on a terminal


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report.

    Attributes:
        title: its heading; empty for none.
        lines: what is said before the table.
        head: the names of the columns; empty where there is no table.
        table: the rows, as long as the head.
    """

    title: str = ""
    lines: Sequence[str] = ()
    head: Sequence[str] = ()
    table: Sequence[Sequence[str]] = field(default_factory=tuple)


def as_text(title: str, sections: Sequence[Section]) -> str:
    """For a terminal."""
    return "\n".join(_text(title, sections)) + "\n"


def as_markdown(title: str, sections: Sequence[Section]) -> str:
    """For a pull request."""
    return "\n".join(_markdown(title, sections)) + "\n"


def as_html(title: str, sections: Sequence[Section]) -> str:
    """For a browser: one file that loads nothing."""
    from conformance.reporting.page import asset, template  # with Jinja, which no other format needs

    html: str = template("sections.html").render(css=asset("page.css"), title=title, sections=sections)
    return html


FORMATS: Mapping[str, Callable[[str, Sequence[Section]], str]] = {
    "text": as_text,
    "markdown": as_markdown,
    "html": as_html,
}
"""The formats, by name."""


def _text(title: str, sections: Sequence[Section]) -> Iterator[str]:
    yield title
    for section in sections:
        yield ""
        if section.title:
            yield section.title
        yield from (f"  {line}" for line in section.lines)
        if section.table:
            lines = [
                [shorten(cell, _CELL, placeholder="…") for cell in line] for line in (section.head, *section.table)
            ]
            widths = [max(len(line[column]) for line in lines) for column in range(len(section.head))]
            for line in lines:
                cells = (f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True))
                yield f"  {'  '.join(cells)}".rstrip()


def _markdown(title: str, sections: Sequence[Section]) -> Iterator[str]:
    yield f"## {text(title)}"
    for section in sections:
        yield ""
        if section.title:
            yield f"### {text(section.title)}"
            yield ""
        yield from (f"- {text(line)}" for line in section.lines)
        if section.table:
            if section.lines:
                yield ""
            yield from rows(section.head, section.table)
