"""What was found out about one role of a system, and the lines of a target file that say so."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import yaml

from conformance.redaction import VAULT

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


class Reference(str):
    """A reference that was written here. One that a stranger wrote stays plain text."""

    __slots__ = ()


def secret(name: str, what: str) -> Reference:
    """The reference by which a target file names a secret, such as `${ACME_TOKEN}`."""
    return Reference(f"${{{re.sub('[^A-Z0-9]+', '_', f'{name}_{what}'.upper()).strip('_')}}}")


def elsewhere(draft: Draft, origin: str) -> Draft:
    """The draft, which says to which other origins than one that was looked at credentials would go."""
    places = [draft.fields.get(name) for name in ("url", "base_url", "issuer")]
    others = sorted({_origin(place) for place in places if isinstance(place, str)} - {origin})
    if not others:
        return draft
    return replace(
        draft, why=f"{draft.why} Credentials will go to another origin, {' and '.join(others)}: is it yours?"
    )


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.scheme}://{parts.netloc}"


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
        parts += [f"{_comment(why, '  ')}  # {_in_a_line(line)}\n" for line, why in draft.missing]
        parts.append(_lines(draft.also))
    return "".join(parts)


def _comment(text: str, indent: str = "") -> str:
    lines = textwrap.wrap(_in_a_line(text), _WIDTH - len(indent), break_long_words=False, break_on_hyphens=False)
    return "".join(f"{indent}# {line}\n" for line in lines)


def _in_a_line(text: str) -> str:
    """Text that ends no comment: YAML has more line breaks than one."""
    return VAULT.shown(" ".join(text.split()))


class _Plain(yaml.SafeDumper):
    """Writes every value where it stands, and no reference of a stranger as one."""

    def ignore_aliases(self, data: object) -> bool:
        """Whether a value is written out again."""
        return True

    def _text(self, text: str) -> yaml.Node:
        plain = text if isinstance(text, Reference) else text.replace("${", "$${")
        return self.represent_str(plain)


_Plain.add_representer(str, _Plain._text)
_Plain.add_representer(Reference, _Plain._text)


def _lines(fields: Mapping[str, object], indent: str = "") -> str:
    """A line for each field, and one for each field of a record."""
    return "".join(
        f"{indent}{_inline(name)}:\n{_lines(value, indent + '  ')}"
        if name == "fields" and isinstance(value, Mapping) and value
        else f"{indent}{_inline(name)}: {_inline(value)}\n"
        for name, value in fields.items()
    )


def line_of(name: str, value: object) -> str:
    """One field of a target file, in a line."""
    return f"{name}: {_inline(value)}"


def _inline(value: object) -> str:
    dumped = yaml.dump(value, Dumper=_Plain, sort_keys=False, width=float("inf"), default_flow_style=True)
    return str(dumped).removesuffix("\n...\n").strip()
