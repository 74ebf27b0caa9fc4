"""What was found out about one role of a system, and the lines of a target file that say so."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import yaml

_WIDTH = 118


@dataclass(frozen=True, slots=True)
class Draft:
    """One role, as far as it is known.

    Attributes:
        role: its name in a target file.
        why: what shows that the system plays it, in one sentence.
        fields: what the file says of it; secrets as `${NAME}`.
        missing: the lines that could not be filled in, each with the reason.
        also: further sections of the file, such as `capabilities`.
    """

    role: str
    why: str
    fields: Mapping[str, object]
    missing: Sequence[tuple[str, str]] = ()
    also: Mapping[str, object] = field(default_factory=dict)


def secret(name: str, what: str) -> str:
    """The reference by which a target file names a secret, such as `${ACME_TOKEN}`."""
    return f"${{{re.sub('[^A-Z0-9]+', '_', f'{name}_{what}'.upper()).strip('_')}}}"


def written(name: str, drafts: Sequence[Draft], how: str) -> str:
    """A target file with comments.

    Args:
        name: what the target is called.
        drafts: its roles.
        how: what was looked at, in one phrase.
    """
    head = f"{how} This is what a stranger could see: correct it where you know better."
    parts = [_comment(head), f"name: {name}\n"]
    for draft in drafts:
        parts.append(f"\n{_comment(draft.why)}{draft.role}:\n{_lines(draft.fields, '  ')}")
        parts += [f"{_comment(why, '  ')}  # {line}\n" for line, why in draft.missing]
        parts.append(_lines(draft.also))
    return "".join(parts)


def _comment(text: str, indent: str = "") -> str:
    lines = textwrap.wrap(text, _WIDTH - len(indent), break_long_words=False, break_on_hyphens=False)
    return "".join(f"{indent}# {line}\n" for line in lines)


class _Plain(yaml.SafeDumper):
    """Writes every value where it stands."""

    def ignore_aliases(self, data: object) -> bool:
        """Whether a value is written out again."""
        return True


def _lines(fields: Mapping[str, object], indent: str = "") -> str:
    """A line for each field, and one for each field of a record."""
    return "".join(
        f"{indent}{name}:\n{_lines(value, indent + '  ')}"
        if name == "fields" and isinstance(value, Mapping) and value
        else f"{indent}{name}: {_inline(value)}\n"
        for name, value in fields.items()
    )


def _inline(value: object) -> str:
    dumped = yaml.dump(value, Dumper=_Plain, sort_keys=False, width=float("inf"), default_flow_style=True)
    return str(dumped).removesuffix("\n...\n").strip()
