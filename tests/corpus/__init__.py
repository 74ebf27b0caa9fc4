"""A labelled corpus of URLs: what is a leak, what a warning, what is clean.

A case is a URL, or a header that repeats one (`Referer: https://…`); `seen` says what the same capture showed before.
Made-up values are written as «KIND» or «KIND:length» and drawn anew for each case, always the same; «pct:…», «all:…»,
«b64:…» encode what they hold.
"""

from __future__ import annotations

import base64
import json
import random
import re
import string
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

import yaml

from conformance.rules.url_tokens import Detector, Finding

HERE = Path(__file__).parent
ACCEPTED = {
    "L8": ("leak", "warn"),
    "W3": ("warn", "clean"),
    "C7": ("clean", "warn"),
    "C8": ("clean", "warn"),
    "C14": ("clean", "warn"),
}
VERDICTS = {"L": ("leak",), "W": ("warn",), "C": ("clean",)}

_ALNUM = string.ascii_letters + string.digits
_MACRO = re.compile(r"«(\w+)(?::([^«»]*))?»")


@dataclass(frozen=True)
class Labelled:
    """One case.

    Attributes:
        name: its label and its number, such as L1-0.
        label: the rule of the expected verdict, such as L1 or C4.
        accepted: the verdicts that are right.
        text: the URL, or a header with a URL.
        seen: headers and bodies that the capture showed before.
        secrets: the made-up values in it.
    """

    name: str
    label: str
    accepted: tuple[str, ...]
    text: str
    seen: tuple[str, ...]
    secrets: tuple[str, ...]

    def findings(self, detector: Detector) -> tuple[Finding, ...]:
        """What a detector finds in this case."""
        for line in self.seen:
            name, _, value = line.partition(": ")
            if name == "body":
                detector.body(b"application/json", value.encode())
            elif name == "Set-Cookie":
                detector.response(200, [(name.encode(), value.encode())])
            else:
                detector.request(b"GET", b"/", [(name.encode(), value.encode())])
        name, colon, value = self.text.partition(": ")
        raw = value.encode("utf-8", "surrogateescape")
        if not colon:
            return detector.request(b"GET", self.text.encode(), [])
        if name == "CONNECT":
            return detector.request(b"CONNECT", raw, [])
        if name in {"Location", "Link", "Refresh", "Content-Location"}:
            return detector.response(302, [(name.encode(), raw)])
        return detector.request(b"POST", b"/", [(name.encode(), raw)])


def verdict(findings: tuple[Finding, ...]) -> str:
    """The worst level of the findings."""
    levels = {one.level.value for one in findings}
    return "leak" if "leak" in levels else "warn" if levels else "clean"


@cache
def corpus(name: str = "cases") -> tuple[Labelled, ...]:
    """The cases of a file, in order."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where it is there
    return tuple(_cases(yaml.load((HERE / f"{name}.yaml").read_text("utf-8"), loader)))


def _cases(groups: dict[str, list[str | dict[str, object]]]) -> Iterator[Labelled]:
    for label, cases in groups.items():
        for number, case in enumerate(cases):
            made = _Made(f"{label}/{number}")
            written = {"url": case} if isinstance(case, str) else case
            seen = written.get("seen", [])
            assert isinstance(seen, list)
            shown = tuple(made.text(str(line)) for line in seen)
            text = made.text(str(written["url"]))
            yield Labelled(
                f"{label}-{number}", label, ACCEPTED.get(label, VERDICTS[label[0]]), text, shown, tuple(made.secrets)
            )


class _Made:
    """Draws the made-up values of one case; «KIND=name» is drawn once."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)
        self._kept: dict[str, str] = {}
        self.secrets: list[str] = []

    def text(self, text: str) -> str:
        while (done := _MACRO.sub(self._value, text)) != text:
            text = done
        return text

    def _draw(self, size: int, letters: str = _ALNUM) -> str:
        return "".join(self._random.choices(letters, k=size))

    def _value(self, match: re.Match[str]) -> str:
        kind, argument = match[1], match[2] or ""
        if kind in ENCODERS:
            return ENCODERS[kind](argument)
        if kind == "head":  # the first characters of a kept value
            return self._kept["one"][: int(argument)]
        if kind == "tail":
            return self._kept["one"][int(argument) :]
        if kind == "one":
            return self._kept["one"]
        value = self._new(kind, argument)
        if argument == "one" or kind == "KEEP":
            self._kept["one"] = value
        if kind not in {"ID", "UUID", "DIGITS"}:
            self.secrets.append(value)
        return value

    def _new(self, kind: str, argument: str) -> str:  # noqa: C901 one case a kind
        size = int(argument) if argument.isdigit() else 0
        match kind:
            case "SF" | "KEEP":
                return "00D" + self._draw(12) + "!AQ" + self._draw(size or 94, _ALNUM + "._")
            case "REFRESH":
                return "5Aep861" + self._draw(size or 80, _ALNUM + "._")
            case "JWT":
                claims = _json({"sub": self._draw(8)})
                return f"{_json({'alg': 'RS256', 'kid': self._draw(6)})}.{claims}.{self._draw(86)}"
            case "JWE":
                head = _json({"alg": "RSA-OAEP", "enc": "A256GCM"})
                return f"{head}.{self._draw(342)}.{self._draw(16)}.{self._draw(60)}.{self._draw(22)}"
            case "DIRJWE":  # the key is agreed on, so the second part is empty (RFC 7516, 5.1)
                head = _json({"alg": "dir", "enc": "A256GCM", "kid": self._draw(6)})
                return f"{head}..{self._draw(16)}.{self._draw(60)}.{self._draw(22)}"
            case "PADDED":  # Base64 with its marks, as it is in a URL
                return quote(base64.b64encode(self._random.randbytes(size or 32)).decode(), safe="")
            case "HEX":
                return self._draw(size or 32, "0123456789abcdef")
            case "R":
                return self._draw(max((size or 32) - 3, 1)) + "q7X"
            case "UPPER":
                return self._draw(size or 32, string.ascii_uppercase + string.digits)
            case "DIGITS":
                return self._draw(size or 10, string.digits)
            case "ID":
                return "001" + self._draw(2) + "000" + self._draw(7) + (self._draw(3, "ABCDEFGH") if size == 18 else "")
            case "UUID":
                return str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        raise ValueError(f"{kind} is no kind of made-up value")


def _json(content: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).decode().rstrip("=")


def _every(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


ENCODERS = {
    "pct": lambda text: quote(text, safe=""),
    "all": _every,
    "b64": lambda text: base64.b64encode(text.encode()).decode(),
    "b64url": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
}
