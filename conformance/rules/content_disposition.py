"""Whether a Content-Disposition can be read (RFC 6266, with the extended names of RFC 8187)."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from conformance.rules.flaw import Flaw

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED = r'"(?:[^"\\\x00-\x1f\x7f]|\\[^\x00-\x1f\x7f])*"'
_HEADER = re.compile(rf"\s*{_TOKEN}\s*(?:;\s*{_TOKEN}\s*=\s*(?:{_QUOTED}|{_TOKEN})\s*)*;?\s*")
_PARAMETER = re.compile(rf";\s*({_TOKEN})\s*=\s*({_QUOTED}|{_TOKEN})")
_EXTENDED = re.compile(
    r"(utf-8|iso-8859-1)'[A-Za-z0-9-]*'((?:[!#$&+.^_`|~0-9A-Za-z-]|%[0-9A-Fa-f]{2})*)", re.IGNORECASE
)


def cannot_be_read(value: str) -> Flaw | None:
    """None if all readers read the same name.

    Args:
        value: the value of the header.
    """
    if _HEADER.fullmatch(value) is None:
        return "Content-Disposition is not a type with parameters, in quotes where they need them"
    parameters = [(name.lower(), text) for name, text in _PARAMETER.findall(value)]
    names = [name for name, _ in parameters]
    if len(set(names)) != len(names):
        return "Content-Disposition names a parameter twice"
    for name, text in parameters:
        if name.endswith("*") and (flaw := _no_extended(name, text)):
            return flaw
    plain = dict(parameters).get("filename", "").strip('"')
    if any(ord(letter) > 0xFF for letter in plain):
        return "filename holds letters that are not in ISO-8859-1, for which there is filename*"
    if re.search(r"[/\\]", plain.replace('\\"', "")):
        return "filename holds a path"
    return None


def _no_extended(name: str, text: str) -> str | None:
    found = _EXTENDED.fullmatch(text)
    if found is None:
        return f"{name} is not charset'language'percent-encoded text"
    try:
        unquote_to_bytes(found[2]).decode(found[1])
    except UnicodeDecodeError:
        return f"{name} does not decode as {found[1]}"
    return None
