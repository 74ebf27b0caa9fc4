"""Damages files the way people, generators and attackers do: in their bytes, and in their structure."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import yaml

PIECES = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3\x28", b"\xed\xa0\x80", b"\x1b[31m", b"\r", b"\n\n", b"\t",
    b"\xe2\x80\xa8", b"{", b"}", b"[", b"]", b'"', b"'", b": ", b"- ", b"---\n", b"&a ", b"*a ", b"<<: *a\n",
    b"!!python/object/apply:os.system ", b"!", b"%", b"@", b"`", b"|\n", b">\n", b"? ", b"\\ud800", b"\\u0000",
    b"${X}", b"${", b"$", b"file:", b"0x", b"1e999", b"-" * 70, b"[" * 3000, b"{\"a\":" * 3000, b"9" * 5000,
    b"A" * 70000, b"NaN", b"null", b"~", b"2026-13-45", b"12:30:45",
)  # fmt: skip

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**63, -(2**63), 10**400, 0.5, 1e308, float("inf"), float("nan"), "", " ", "x", "é",
    "\u2028", "\x00", "\x1b[2J", "\ud800", "${X}", "${Y:-z}", "${", "$${", "$X", "file:missing", "file:/dev/null",
    "file:.", "-", "..", "/", "https://a.example.com", "http://[", "http://a.example.com:99999", "ftp://a", "//a",
    "https://u:p@a.example.com/%zz?#", "a" * 5000, "{name}", "{{{", "%", "%00", "\n", "a: b", "2026-11-28",
    "2026-02-30", "SAB-01", "#/components/schemas/Error", "#/", "#", "(", "[a-", [], {}, [[]], [None], {"": None},
    {"a": {}}, {"$ref": "#/a"}, {"$ref": 5}, {"$ref": "https://a.example.com"}, [1, "a", None, {}],
    {"type": ["string", "null"]}, {str(n): n for n in range(50)}, list(range(500)),
)  # fmt: skip


def bytewise(chance: random.Random, content: bytes, other: bytes) -> bytes:
    """The content with some bytes gone, changed, repeated, or from elsewhere."""
    damaged = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 4, 12))):
        start = chance.randrange(len(damaged) + 1)
        end = min(len(damaged), start + chance.choice((1, 2, 8, 64, 512)))
        match chance.randrange(7):
            case 0:
                del damaged[start:end]
            case 1:
                damaged[start:end] = chance.randbytes(end - start)
            case 2:
                damaged[start:start] = chance.choice(PIECES)
            case 3:
                damaged[start:end] = chance.choice(PIECES)
            case 4:
                damaged[start:start] = bytes(damaged[start:end]) * chance.choice((1, 3, 200))
            case 5:
                del damaged[start:]
            case _:
                begin = chance.randrange(len(other) + 1)
                damaged[start:start] = other[begin : begin + 200]
    return bytes(damaged[:400_000])


def structural(chance: random.Random, data: Any) -> Any:
    """The same values with some gone, changed, renamed, repeated, or in another's place."""
    damaged = copy.deepcopy(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        holders = [holder for holder in _holders(damaged) if holder]
        if not holders:
            return chance.choice(VALUES)
        holder = chance.choice(holders)
        key = chance.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        _damage(chance, holder, key, holders)
    return damaged


def _damage(chance: random.Random, holder: Any, key: Any, holders: list[Any]) -> None:
    match chance.randrange(7):
        case 0 | 1 | 2:
            holder[key] = copy.deepcopy(chance.choice(VALUES))
        case 3:
            del holder[key]
        case 4:
            holder[key] = copy.deepcopy(chance.choice(holders))
        case 5:
            for _ in range(chance.choice((1, 5, 60, 250))):
                holder[key] = [holder[key]] if chance.random() < 0.5 else {"a": holder[key]}
        case _ if isinstance(holder, dict):
            holder[chance.choice(("", " ", "$ref", "x-a", "<<", "__class__", "é", str(key) + "s"))] = holder.pop(key)
        case _:
            holder.extend(copy.deepcopy(holder[:20]))


def _holders(data: Any) -> Iterator[Any]:
    pending = [data]
    while pending:
        value = pending.pop()
        if isinstance(value, dict | list):
            yield value
            pending += value.values() if isinstance(value, dict) else value


def written(chance: random.Random, data: Any) -> bytes:
    """The values as a file, JSON or YAML."""
    if chance.random() < 0.3:
        try:
            return yaml.dump(data, Dumper=yaml.CSafeDumper, sort_keys=False).encode("utf-8", "surrogatepass")
        except (yaml.YAMLError, ValueError, RecursionError):
            pass  # what YAML cannot write, JSON can
    indent = chance.choice((None, 2))
    return json.dumps(data, indent=indent, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")


def written_lines(chance: random.Random, data: Any) -> bytes:
    """The values as lines of JSON, one for each."""
    lines = data if isinstance(data, list) else [data]
    as_ascii = chance.random() < 0.5
    return "\n".join(json.dumps(line, ensure_ascii=as_ascii) for line in lines).encode("utf-8", "surrogatepass")
