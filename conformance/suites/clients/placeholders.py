"""Fills the placeholders of a target file with the values of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from conformance.config.roles.client_trigger import PLACEHOLDERS

PREFIX = "SEASONPROOF_"


def filler(environment: Mapping[str, str]) -> Callable[[str], str]:
    """A function that replaces `{org_url}` and the like in a text by the values of the documented variables."""
    given = {name.removeprefix(PREFIX).lower(): value for name, value in environment.items() if name.startswith(PREFIX)}
    values = {**dict.fromkeys(PLACEHOLDERS, ""), **given}  # what a scenario does not have is empty

    def filled(text: str) -> str:
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    return filled
