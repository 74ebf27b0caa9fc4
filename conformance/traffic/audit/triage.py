"""The triage of other scanners: findings that somebody has looked at and accepts.

| file | what it is | source |
| --- | --- | --- |
| `.gitleaksignore` | lines of `file:rule:line`, or `commit:file:rule:line` | gitleaks, betterleaks 1 |
| `.betterleaksignore` | lines of the SHA-256 of a value, in hexadecimal digits | betterleaks 2 |
| a report in JSON, which these tools take as a baseline | `File`, `StartLine`, `Secret` | gitleaks, betterleaks 1 |
| the same, also in lines | `attributes.path`, `location.startLine`, `secret` | betterleaks 2 |
| a SARIF log | results with an accepted suppression, or that are `unchanged` or `updated` | SARIF 2.1.0 |
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_to_bytes, urlsplit

import msgspec

from conformance.documents import UsageProblem, content_of
from conformance.rules.url_tokens import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.traffic.audit.findings import LocatedFinding

MAX_BYTES = 100_000_000

_ANY = ""  # file
_MARK = b"\xef\xbb\xbf"
_FINGERPRINT = re.compile(r"(?:[0-9a-f]{7,64}:)?(?P<file>[^:]+):[^:]+:(?P<line>[1-9]\d{0,8})")
_DIGEST = re.compile(r"[0-9a-fA-F]{64}")
_REDACTED = re.compile(r"REDACTED|.*\.\.\.")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A finding that somebody accepts.

    Attributes:
        file: its file, as the scanner named it; empty for any file.
        line: its line; 0 for any line, where a value is named.
        digests: SHA-256 of its value, as it was written and decoded; none where nobody knows.
    """

    file: str = ""
    line: int = 0
    digests: tuple[bytes, ...] = ()


class Triage:
    """What a file accepts. An entry covers its line, and its value anywhere in its file.

    Args:
        name: the file, as the user named it.
        entries: what is in it.
        key: of the fingerprints.
        warnings: what is to be said about the file.
    """

    def __init__(self, name: str, entries: Sequence[Accepted], key: bytes, warnings: Sequence[str] = ()) -> None:
        self.name = name
        self.warnings = warnings
        self._count = len(entries)
        self._used: set[int] = set()
        self._by_line: dict[tuple[str, int], set[int]] = {}
        self._by_value: dict[tuple[str, str], set[int]] = {}
        for number, one in enumerate(entries):
            for file in _paths(name, one.file):
                if one.line:
                    self._by_line.setdefault((file, one.line), set()).add(number)
                for digest in one.digests:
                    self._by_value.setdefault((file, fingerprint(digest, key)), set()).add(number)

    def accepts(self, seen: LocatedFinding) -> str | None:
        """Why a finding is accepted; None if it is not."""
        file, value = os.path.abspath(seen.at.file), seen.finding.fingerprint
        found = {
            *self._by_line.get((file, seen.at.line), ()),
            *self._by_value.get((file, value), ()),
            *self._by_value.get((_ANY, value), ()),
        }
        self._used |= found
        return f"as {self.name} says" if found else None

    def unneeded(self) -> str:
        """What is to be said of entries that accepted nothing; empty if there are none."""
        left = self._count - len(self._used)
        if not left:
            return ""
        return f"{self.name}: {left:,} of {self._count:,} entries accept nothing that was found in a URL here"


def load_triage(name: str, key: bytes) -> Triage:
    """Read the triage of another scanner.

    Args:
        name: the file.
        key: of the fingerprints.

    Raises:
        UsageProblem: it cannot be read, or is in no format that is known.
    """
    content = content_of(name, MAX_BYTES, "file")
    if len(content) > MAX_BYTES:
        raise UsageProblem([f"{name}: is larger than {MAX_BYTES // 10**6} MB"])
    first = content.removeprefix(_MARK).lstrip()[:1]
    if first in (b"[", b"{"):
        return Triage(name, _of_json(name, content.removeprefix(_MARK), first), key)
    warnings: list[str] = []
    entries = list(_of_lines(name, content.decode("utf-8-sig", "replace"), warnings))
    if warnings and not entries:
        message = "is neither a list of fingerprints of gitleaks or betterleaks, nor their report, nor a SARIF log"
        raise UsageProblem([f"{name}: {message}"])
    return Triage(name, entries, key, warnings)


# ------------------------------------------------------------------ details


def _paths(triage: str, file: str) -> set[str]:
    """Where a file may be that a scanner names: below this folder, or beside the triage."""
    if not file:
        return {_ANY}
    plain = file.replace("\\", "/")
    names = {plain, plain.replace("!", "/")}  # how a member of an archive is named there, and here
    return {os.path.abspath(Path(folder, one)) for folder in ("", Path(triage).parent) for one in names}


def _of_lines(name: str, text: str, warnings: list[str]) -> Iterator[Accepted]:
    for number, line in enumerate(text.splitlines(), 1):
        entry = line.strip()
        if not entry or entry.startswith("#"):
            continue
        if _DIGEST.fullmatch(entry):
            yield Accepted(digests=(bytes.fromhex(entry),))
        elif one := _FINGERPRINT.fullmatch(entry):
            yield Accepted(one["file"], int(one["line"]))
        else:
            warnings.append(
                f"{name}:{number}: is left out: it is not file:rule:line, with or without a commit before it"
            )


class _Location(msgspec.Struct, rename="camel"):
    start_line: int = 0


class _Leak(msgspec.Struct):
    """A finding of gitleaks or betterleaks; the members of both generations."""

    File: str = ""
    StartLine: int = 0
    Secret: str = ""
    secret: str = ""
    location: _Location = msgspec.field(default_factory=_Location)
    attributes: dict[str, str] = msgspec.field(default_factory=dict)

    def accepted(self) -> Accepted:
        value = self.Secret or self.secret
        file = self.File or self.attributes.get("path", "")
        return Accepted(file, self.StartLine or self.location.start_line, _digests(value))


class _Uri(msgspec.Struct):
    uri: str = ""


class _Physical(msgspec.Struct, rename="camel"):
    artifact_location: _Uri = msgspec.field(default_factory=_Uri)
    region: _Location = msgspec.field(default_factory=_Location)


class _Place(msgspec.Struct, rename="camel"):
    physical_location: _Physical = msgspec.field(default_factory=_Physical)


class _Suppression(msgspec.Struct):
    status: str = "accepted"


class _Result(msgspec.Struct, rename="camel"):
    locations: list[_Place] = []
    suppressions: list[_Suppression] = []
    baseline_state: str = ""

    def accepted(self) -> Iterator[Accepted]:
        was_there = self.baseline_state in ("unchanged", "updated")
        if was_there or (self.suppressions and all(one.status == "accepted" for one in self.suppressions)):
            for place in self.locations:
                where = place.physical_location
                parts = urlsplit(where.artifact_location.uri)
                yield Accepted(unquote(parts.path), where.region.start_line)


class _Run(msgspec.Struct):
    results: list[_Result] | None = None


class _Log(msgspec.Struct):
    runs: list[_Run]


def _of_json(name: str, text: bytes, first: bytes) -> list[Accepted]:
    try:
        if first == b"[":
            return [leak.accepted() for leak in msgspec.json.decode(text, type=list[_Leak])]
        if _is_log(text):
            runs = msgspec.json.decode(text, type=_Log).runs
            return [one for run in runs for result in run.results or () for one in result.accepted()]
        return [leak.accepted() for leak in msgspec.json.Decoder(_Leak).decode_lines(text)]
    except (ValueError, RecursionError) as error:  # msgspec's errors are among them, and show no value
        why = f": {error}" if isinstance(error, msgspec.DecodeError) else ""
        raise UsageProblem([f"{name}: is neither a report of gitleaks or betterleaks nor a SARIF log{why}"]) from None


def _is_log(text: bytes) -> bool:
    try:
        return "runs" in msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return False  # JSON lines, or damaged


def _digests(value: str) -> tuple[bytes, ...]:
    """The digests of a value as it was written, and decoded as URLs are; none of a value that the scanner masked."""
    if not value or _REDACTED.fullmatch(value):
        return ()
    written = value.encode("utf-8", "surrogatepass")
    return tuple(sha256(one).digest() for one in dict.fromkeys((written, unquote_to_bytes(written))))
