"""The answer as a badge: an SVG, and the JSON that badge services read: https://shields.io/badges/endpoint-badge"""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING

from conformance.reporting.view import overall
from conformance.rules.outcome import Outcome

if TYPE_CHECKING:
    from conformance.judging.statement import Statement

_COLOURS = {"ready": "2e7d32", "not ready": "b3131c"}
_UNKNOWN = "7a4b00"
_LETTER, _PAD, _HEIGHT = 7, 8, 20


def badge_json(statement: Statement) -> str:
    """What a badge service asks for."""
    label, message = _words(statement)
    colour = _COLOURS.get(message, _UNKNOWN)
    return json.dumps({"schemaVersion": 1, "label": label, "message": message, "color": colour}) + "\n"


def badge(statement: Statement) -> str:
    """The badge itself, as SVG."""
    label, message = _words(statement)
    left, right = (2 * _PAD + _LETTER * len(text) for text in (label, message))
    said = escape(f"{label}: {message}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{_HEIGHT}" role="img" '
        f'aria-label="{said}"><title>{said}</title>'
        f'<rect width="{left + right}" height="{_HEIGHT}" rx="3" fill="#333a42"/>'
        f'<path fill="#{_COLOURS.get(message, _UNKNOWN)}" '
        f'd="M{left} 0h{right - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-{right - 3}z"/>'
        f'<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f'<text x="{left / 2:g}" y="14">{escape(label)}</text>'
        f'<text x="{left + right / 2:g}" y="14">{escape(message)}</text></g></svg>\n'
    )


def _words(statement: Statement) -> tuple[str, str]:
    release = statement.header.profile.release.partition(" (")[0]
    if statement.footer is None:
        return release, "no verdict"
    verdict = overall(statement)
    if verdict != "conformant":
        return release, {"not conformant": "not ready"}.get(verdict, verdict)
    if not all(map(statement.is_ready, statement.target_names)):
        return release, "a part passed"
    accepted = sum(verdict.outcome is Outcome.WAIVED for verdict in statement.verdicts)
    return release, f"ready, {accepted} accepted" if accepted else "ready"
