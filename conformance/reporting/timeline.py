"""A history as a picture: its steps one below the other, each with its time, as a failed history tells them."""

from __future__ import annotations

import re

from markupsafe import Markup

MARK = "after these calls:"
"""The line of a message behind which the steps of a history are told, one a line."""

_MOST = 40  # steps that are drawn; the text tells all of them
_ROW, _MARGIN, _AXIS, _TEXT, _LETTER = 26, 12, 84, 104, 8
_STEP = re.compile(r"(?:(?P<number>\d+)\. |(?P<time>\d+ ms) +)?(?P<what>.*)")
_READS = ("poll", "the same poll", "at the end, poll", "authenticate", "list", "read")


def picture(message: str) -> Markup | None:
    """The time line of a message that tells a history; None for every other message."""
    flaw, mark, told = message.partition(f"\n{MARK}\n")
    steps = [line.strip() for line in told.splitlines() if line.strip()]
    if not mark or not steps:
        return None
    shown, more = steps[:_MOST], len(steps) - _MOST
    lines = [*shown, f"and {more} more"] if more > 0 else shown
    short = flaw.partition("; expected: ")[0]
    height = 2 * _MARGIN + _ROW * (len(lines) + 1)
    width = _TEXT + _MARGIN + round(_LETTER * max(map(len, [*lines, short])))
    begin = Markup('<svg role="img" viewBox="0 0 {0} {1}" width="{0}" height="{1}"><title>{2}</title>').format(
        width, height, f"Time line of {len(steps)} steps. At its end: {flaw}"
    )
    axis = Markup('<line class="axis" x1="{0}" y1="{1}" x2="{0}" y2="{2}"/>').format(
        _AXIS, _MARGIN, height - _MARGIN - _ROW // 2
    )
    drawn = [_drawn(number, line) for number, line in enumerate(lines)]
    end = _dot(len(lines), "flaw", "", short)
    return Markup("").join([begin, axis, *drawn, end, Markup("</svg>")])


def _drawn(number: int, line: str) -> Markup:
    found = _STEP.fullmatch(line)
    when, what = (found["time"] or found["number"] or "", found["what"]) if found else ("", line)
    return _dot(number, "read" if what.startswith(_READS) else "write", when, what)


def _dot(number: int, kind: str, when: str, what: str) -> Markup:
    y = _MARGIN + _ROW * number + _ROW // 2
    return Markup(
        '<text class="soft" x="{}" y="{}" text-anchor="end">{}</text><circle class="{}" cx="{}" cy="{}" r="6"/>'
        '<text class="{}" x="{}" y="{}">{}</text>'
    ).format(_AXIS - 16, y + 5, when, kind, _AXIS, y, kind, _TEXT, y + 5, what)
