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
_MERGED: Final = re.compile(rb"\{!\s*(?i:\$?(?:api|user)\.session_id\b|getsessionid\s*\()")
_MODIFIERS: Final = rb"(?:public|private|global|virtual|abstract|with|without|inherited|sharing)"
_TEST: Final = rb"@istest\b(?:[ \t]*\([^)\n]*\))?\s+"
_APEX: Final = re.compile(
    rb"(?im)^[ \t]*(?:trigger[ \t]+\w+[ \t]+on[ \t]+\w+[ \t]*\("
    rb"|(?:%b|(?:@\w+[ \t]+)?%b[ \t]+)(?:%b[ \t]+)*class[ \t]+\w+)" % (_TEST, _MODIFIERS, _MODIFIERS)
)
_BLANKS: Final = rb"(?:\s++|//[^\n]*+\n|/\*(?:[^*]++|\*(?!/))*+\*/)*+"  # comments are blanks, whole or not at all
_STATEMENT: Final = re.compile(
    _BLANKS + rb"(?:String|Integer|Boolean|Id|Http|HttpRequest|(?:List|Map|Set)<[\w<>, .]+>|[A-Z]\w*__c)\s+\w+\s*="
)
_PLATFORM: Final = re.compile(
    rb"(?i)\bsystem\.debug\s*\(|=\s*\[\s*select\b|\bnew\s+http(?:request)?\s*\(\s*\)|\buserinfo\.get"
)
_COMMENT: Final = re.compile(rb"/\*.*?\*/", re.DOTALL)
_OTHER_LANGUAGE: Final = re.compile(
    rb"^[ \t]*(?:(?:package|import|namespace|using(?![ \t]+scope))[ \t]+[\w\"'{*\\]|#)", re.MULTILINE
)
_LIGHTNING: Final = re.compile(rb"^import\s*\{[^}]*\bLightningElement\b", re.MULTILINE)
_AURA: Final = re.compile(_BLANKS + rb"\(\s*\{")


def is_salesforce(text: bytes) -> bool:
    """Whether a text is Apex, a page, a component, its script, an s-control, or what the Metadata API gives."""
    begin = text[:_BEGIN]
    if begin.startswith(b"<"):
        return _MARKUP.search(begin) is not None or _is_s_control(text)
    if _LIGHTNING.search(begin) or _AURA.match(begin):
        return True
    if _STATEMENT.match(begin) and _PLATFORM.search(begin):
        return True  # anonymous Apex
    return _APEX.search(begin) is not None and _OTHER_LANGUAGE.search(_COMMENT.sub(b"", begin)) is None


def _is_s_control(text: bytes) -> bool:
    """Whether a script or a tag of this page merges in a session id; in its text, it is only shown how that is done."""
    merged = _MERGED.search(text)
    before = text[: merged.start()].lower() if merged else b""
    return before.rfind(b"<script") > before.rfind(b"</script") or before.rfind(b"<") > before.rfind(b">")
