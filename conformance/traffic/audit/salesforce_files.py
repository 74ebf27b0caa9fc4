"""Whether a text is Salesforce code or metadata: by how each kind of such files begins, and not by its name."""

from __future__ import annotations

import re
from typing import Final

_BEGIN: Final = 4096
"""How many bytes show it."""

_MARKUP: Final = re.compile(
    rb"""=\s*["']http://soap\.sforce\.com/2006/04/metadata["']"""
    rb"""|<(?i:apex:(?:page|component)|aura:(?:component|application|event|interface))\b"""
)
_MODIFIERS: Final = rb"(?:public|private|global|virtual|abstract|with|without|inherited|sharing)"
_APEX: Final = re.compile(
    rb"(?im)^[ \t]*(?:trigger[ \t]+\w+[ \t]+on[ \t]+\w+[ \t]*\(|(?:@\w+[ \t]+)?(?:%b[ \t]+)+class[ \t]+\w+)"
    % _MODIFIERS
)
_OTHER_LANGUAGE: Final = re.compile(rb"^[ \t]*(?:package|import|using|namespace|#)", re.MULTILINE)
_LIGHTNING: Final = re.compile(rb"^import\s*\{[^}]*\bLightningElement\b", re.MULTILINE)
_AURA: Final = re.compile(rb"(?:\s|//[^\n]*\n|/\*(?s:.)*?\*/)*\(\s*\{")


def is_salesforce(text: bytes) -> bool:
    """Whether a text is Apex, a page, a component, its script, or what the Metadata API gives."""
    begin = text[:_BEGIN]
    if begin.startswith(b"<"):
        return _MARKUP.search(begin) is not None
    if _LIGHTNING.search(begin) or _AURA.match(begin):
        return True
    return _APEX.search(begin) is not None and _OTHER_LANGUAGE.search(begin) is None
