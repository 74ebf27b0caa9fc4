"""What kind of content this is, by its first bytes and not by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from conformance.traffic.audit.field_names import tell_apart
from conformance.traffic.audit.salesforce_files import is_salesforce


class Kind(StrEnum):
    """The formats that an audit reads."""

    HAR = "har"
    FLOWS = "flows"
    LOG = "log"
    W3C = "w3c"
    JSON_LINES = "jsonl"
    JSON = "json"
    EVENT_LOG = "event-log"
    TABLE = "table"
    POSTMAN = "postman"
    INSOMNIA = "insomnia"
    OPENAPI = "openapi"
    API = "api"
    HTTP = "http"
    METADATA = "metadata"
    TOOL = "tool"
    MAIL = "mail"
    NOTEBOOK = "notebook"


SPOKEN: Final = {
    Kind.HAR: "HAR",
    Kind.FLOWS: "mitmproxy flows",
    Kind.LOG: "log or other text",
    Kind.W3C: "W3C log (IIS, CloudFront)",
    Kind.JSON_LINES: "JSON lines",
    Kind.JSON: "JSON",
    Kind.EVENT_LOG: "Salesforce event log file",
    Kind.TABLE: "table with names of columns",
    Kind.POSTMAN: "collection (Postman, Hoppscotch, Thunder Client)",
    Kind.INSOMNIA: "Insomnia export",
    Kind.OPENAPI: "OpenAPI document",
    Kind.API: "API description (AsyncAPI, Arazzo, RAML)",
    Kind.HTTP: ".http file",
    Kind.METADATA: "Salesforce code or metadata",
    Kind.TOOL: "requests of a tool (Bruno, SoapUI, JMeter, Artillery, Tavern, Step CI, Mule)",
    Kind.MAIL: "mail",
    Kind.NOTEBOOK: "notebook (Jupyter)",
}
"""What people call them."""

_LARGE_FILE: Final = b"version https://git-lfs.github.com/spec/"  # says where the file is, and is not it
_SIGNATURES: Final = (
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"\x7fELF", "elf"),
    (b"\xca\xfe\xba\xbe", "class"),
    (b"wOFF", "woff"),
    (b"wOF2", "woff"),
    (b"PAR1", "parquet"),
    (b"Obj\x01", "avro"),
    (b"\xd4\xc3\xb2\xa1", "pcap"),
    (b"\xa1\xb2\xc3\xd4", "pcap"),
    (b"\x0a\x0d\x0d\x0a", "pcap"),
    (b"\xac\xed\x00\x05", "java-object"),
    (b"ElfFile\x00", "evtx"),
    (b"LPKSHHRH", "journal"),
    (_LARGE_FILE, "git-lfs"),
)

_METHODS = rb"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT|PROPFIND|REPORT|PURGE|QUERY)"
_FLOW = re.compile(rb"\d{1,12}:\d{1,3}:[a-z_]{2,20}[;,]\d{1,12}:")
_W3C = re.compile(rb"#(?:(?:Software|Version|Date|Start-Date|Remark): |Fields:)", re.IGNORECASE)
_EVENT_LOG = re.compile(
    rb'"?EVENT_TYPE"?,|(?:"?[A-Z][A-Z0-9_]*"?,)+"?(?:EVENT_TYPE|TIMESTAMP_DERIVED|REQUEST_ID)"?[,\r\n]'
)
_YAML_OPENAPI = re.compile(rb"^[\"']?(?:openapi|swagger)[\"']?[ \t]*:[ \t]*[\"']?[0-9]", re.MULTILINE)
_YAML_API = re.compile(rb"\A#%RAML [01]\.|^[\"']?(?:asyncapi|arazzo)[\"']?[ \t]*:[ \t]*[\"']?[0-9]", re.MULTILINE)
_YAML_INSOMNIA = re.compile(rb"^type:[ \t]*[\"']?[a-z.]*\.insomnia\.rest/", re.MULTILINE)
_HTTP = re.compile(
    rb"(?:[^\S\n]*+(?:(?:#|//|@|<)[^\n]*+)?\n)*+[^\S\n]*+(?:"
    + _METHODS
    + rb"[ \t]+|(?=https?://))(?:https?://|/|\{\{)[^\s\"]*(?:[ \t]+HTTP/[\d.]+)?[ \t\r]*(?:\n|\Z)"
)
_TOOL = re.compile(rb"(?:meta \{\r?\n|(?:<\?xml[^>]*>\s*)?<(?:jmeterTestPlan|(?:\w+:)?soapui-project|mule)\b)")
_YAML_TOOL = re.compile(rb"^scenarios:[ \t]*\r?$", re.MULTILINE)
_YAML_TAVERN = re.compile(rb"^test_name:[ \t]", re.MULTILINE)
_YAML_STEP_CI = re.compile(rb"^tests:[ \t]*\r?$", re.MULTILINE)
_YAML = (  # each with words without one of which it needs no search
    (Kind.INSOMNIA, (b".insomnia.rest/",), _YAML_INSOMNIA),
    (Kind.OPENAPI, (b"openapi", b"swagger"), _YAML_OPENAPI),
    (Kind.API, (b"#%RAML", b"asyncapi", b"arazzo"), _YAML_API),
    (Kind.TOOL, (b" qs:",), _YAML_TOOL),
    (Kind.TOOL, (b"test_name:",), _YAML_TAVERN),
    (Kind.TOOL, (b" http:",), _YAML_STEP_CI),
)
_MAIL = re.compile(
    rb"(?:From \S+ [^\n]*\d{4}\r?\n)?(?i:(?:return-path|received|delivered-to|from|to|subject|date|message-id"
    rb"|mime-version|dkim-signature|arc-[a-z-]+|x-[a-z-]+|authentication-results|reply-to):[^\n]*\n)"
)
_ENCODED = re.compile(rb"^content-transfer-encoding:[ \t]*(?:base64|quoted-printable)", re.MULTILINE | re.IGNORECASE)
_COLUMNS = re.compile(rb'"?[A-Za-z_@][\w .()-]{0,60}"?(?:[,;\t|] ?+"?+[\w@ .()-]{0,60}+"?+)++\r?\n')
_NOTEBOOK = re.compile(rb'\{\s*"cells"\s*:\s*\[\s*\{\s*"(?:cell_type|attachments|execution_count|id|metadata)"')
_ARRAY = re.compile(rb'\[\s*(?:[{"\]]|\[(?!\w[\w.-]*\]\]))')  # not [[a.table]] of TOML
_CODE = re.compile(rb"\{[ \t]*[A-Za-z$]")  # of awk, Nix and others, but not JSON
_MOST_TEXT: Final = 500  # a text may hold one NUL among so many bytes
_BINARY: Final = "binary"
_HOLE = re.compile(rb"\x00{64,}")  # where a machine lost its power, a log has zeros and goes on
_OPENING = re.compile(rb"[\s\x00-\x1f]*")
_MEMBER = re.compile(rb'[\s,]*"((?:[^"\\]|\\.){0,200})"\s*:\s*')
_PLAIN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[^"{}\[\]]++', re.DOTALL)
_SCALAR = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[^"{}\[\],]++', re.DOTALL)

_DOCUMENTS: Final = (
    (Kind.OPENAPI, {"openapi"}),
    (Kind.OPENAPI, {"swagger"}),
    (Kind.API, {"asyncapi"}),
    (Kind.API, {"arazzo"}),
    (Kind.INSOMNIA, {"_type", "__export_format"}),
    (Kind.INSOMNIA, {"resources", "__export_format"}),
    (Kind.POSTMAN, {"info", "item"}),
    (Kind.POSTMAN, {"requests", "order"}),
    (Kind.POSTMAN, {"requests", "folders"}),
    (Kind.POSTMAN, {"requests", "name", "id"}),
    (Kind.POSTMAN, {"requests", "collectionName"}),  # Thunder Client
    (Kind.POSTMAN, {"requests", "name", "v"}),  # Hoppscotch
)
_WRAPPED: Final = (
    (Kind.HAR, "log", {"entries", "creator", "version", "pages", "browser"}),  # a log line may have a `log` as well
    (Kind.POSTMAN, "collection", {"info", "item"}),
)


def is_archive(head: bytes) -> bool:
    """Whether a content is a zip or tar archive, by its first bytes."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06")) or head[257:262] == b"ustar"


def kind_of(head: bytes) -> Kind | None:
    """The kind of a content by its first bytes (as many as `sources.HEAD`); None if it is binary and not known.

    Whatever is not binary is a text with URLs in its lines.
    """
    head = head.removeprefix(b"\xef\xbb\xbf")
    if _FLOW.match(head):
        return Kind.FLOWS
    written = _HOLE.sub(b"", head) if unread_kind(head) == _BINARY else head
    if head.startswith((b"%PDF-", _LARGE_FILE)) or written.count(0) * _MOST_TEXT > len(written):
        return None
    text = head[_OPENING.match(head).end() :]  # type: ignore[union-attr] # it matches the empty text
    if text.startswith(b"{") and not _CODE.match(text):
        return _kind_of_json(text)
    if is_salesforce(text):
        return Kind.METADATA
    for kind, pattern in (
        (Kind.TOOL, _TOOL),
        (Kind.W3C, _W3C),
        (Kind.EVENT_LOG, _EVENT_LOG),
        (Kind.HTTP, _HTTP),
        (Kind.JSON, _ARRAY),
    ):
        if pattern.match(text):
            return kind
    if _MAIL.match(text) and _ENCODED.search(head):
        return Kind.MAIL
    for kind, words, pattern in _YAML:
        if any(word in head for word in words) and pattern.search(head):
            return kind
    return Kind.TABLE if _COLUMNS.match(text) and tell_apart(columns(text)[0]) else Kind.LOG


def columns(head: bytes) -> tuple[list[str], str]:
    """The names in the first line of a table, and what stands between them."""
    line = head.partition(b"\n")[0].decode("utf-8", "replace").rstrip("\r")
    mark = max(",;\t|", key=line.count)
    return [name.strip(' "') for name in line.split(mark)], mark


def _kind_of_json(text: bytes) -> Kind:
    if _NOTEBOOK.match(text):
        return Kind.NOTEBOOK
    members = _members(text, 0)
    for kind, needed in _DOCUMENTS:
        if needed <= members.keys():
            return kind
    for kind, name, inside in _WRAPPED:
        if name in members and inside & _members(text, members[name]).keys():
            return kind
    return Kind.JSON_LINES if _is_json_lines(text) else Kind.JSON


def _is_json_lines(text: bytes) -> bool:
    """Whether each of the first two lines is a record, as far as they can be seen; one alone may go over any number."""
    first, _, rest = text.partition(b"\n")
    second, newline, _ = rest.lstrip().partition(b"\n")
    return _is_object(first) and (_is_object(second) or (second.startswith(b'{"') and not newline))


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(line), dict)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _members(text: bytes, at: int) -> dict[str, int]:
    """The members of the object that begins here, as far as the text goes: their names, and where the values begin."""
    members: dict[str, int] = {}
    if text[at : at + 1] != b"{":
        return members
    at += 1
    while found := _MEMBER.match(text, at):
        members[found[1].decode("utf-8", "replace")] = found.end()
        at = _after_value(text, found.end())
    return members


def _after_value(text: bytes, at: int) -> int:
    """Where the value that begins here ends; the end of the text if it does not."""
    depth = 0
    while at < len(text):
        if text[at] in b"{[":
            depth += 1
            at += 1
        elif text[at] in b"}]":
            depth -= 1
            at += 1
        else:
            skipped = (_PLAIN if depth else _SCALAR).match(text, at)
            if skipped is None:
                return len(text)
            at = skipped.end()
        if depth <= 0:
            return at
    return at


CAPTURES: Mapping[str, str] = {
    "pcap": "capture the traffic with mitmproxy, which reads what TLS hides from a capture of packets",
    "java-object": "if it is a session of Charles, export it as a HAR",
}
"""How to have captures in a form that is read, by the kind of one that is not."""


def unread_kind(head: bytes) -> str:
    """What a content is that is in no format that is read, in one word."""
    return next((name for signature, name in _SIGNATURES if head.startswith(signature)), _BINARY)
