"""Files of tools that send requests, in which URL and parameters stand apart.

Bruno, Hurl, SoapUI, JMeter, Artillery, Tavern, Step CI, and the flows of Mule.

Only what the tool puts into the query is told: a parameter of a form, a header or a template is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple
from xml.parsers import expat

from conformance.rules.url_tokens.spec_credentials import declared_credentials
from conformance.traffic.audit.readers.trees import NotReadable, trees

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.rules.url_tokens import Detector, Finding
    from conformance.traffic.audit.readers.trees import Tree

_MOST_ELEMENTS: Final = 500_000
_QUERY_METHODS: Final = frozenset(("GET", "DELETE", "OPTIONS", "HEAD"))  # whose arguments JMeter adds to the path
_BLOCK: Final = re.compile(r"([a-z]+(?::[a-z-]+)?) \{\s*")
_HURL: Final = re.compile(rb"^\[(?:Query|QueryStringParams)\]", re.MULTILINE)
_HURL_REQUEST: Final = re.compile(r"[A-Z]{3,10}[ \t]+((?:https?:|\{\{)\S+)\s*(?:#.*)?")
_SECTION: Final = re.compile(r"\s*\[(\w+)\]\s*(?:#.*)?|HTTP\b.*()")
_QUERY_SECTIONS: Final = frozenset(("Query", "QueryStringParams"))
_VERBS: Final = frozenset(("get", "post", "put", "delete", "patch", "options", "head", "connect", "trace"))
_MEMBER: Final = re.compile(
    r"[\"']?(?P<name>[\w.-]{2,60})[\"']?\s{0,20}:\s{0,20}(?P<value>\"[^\"\n]*\"|'[^'\n]*'|[A-Za-z_$#][^,}\n]*)"
)
_ENTRY: Final = re.compile(r"\s+(~?)([^:\s][^:]*?)\s*:\s*(.*?)\s*")


class Parameter(NamedTuple):
    """A parameter of the query."""

    line: int
    name: str
    value: str
    is_off: bool = False


@dataclass(slots=True)
class Request:
    """A request as a tool keeps it.

    Attributes:
        line: where it begins.
        url: as far as it is known.
        parameters: those of the query that are not in the URL.
        auth: how it authenticates, as collections say it.
    """

    line: int
    url: str = ""
    parameters: list[Parameter] = field(default_factory=list)
    auth: dict[str, str] = field(default_factory=dict)


def declared_in(text: bytes, detector: Detector) -> Iterator[tuple[int, Finding]]:
    """The credentials that the requests of a tool place in URLs, with their lines.

    Raises:
        NotReadable: the text is no file of a tool; its message shows nothing of it.
    """
    yield from _declared(requests(text), detector)


def in_hurl(text: bytes, detector: Detector) -> Iterator[tuple[int, Finding]]:
    """The same in a file of Hurl, which is one of requests as others write them but for its sections."""
    if _HURL.search(text):
        yield from _declared(_of_hurl(text.decode("utf-8", "replace")), detector)


def _declared(requests: Iterator[Request], detector: Detector) -> Iterator[tuple[int, Finding]]:
    for request in requests:
        table = [{"name": one.name, "value": one.value, "disabled": one.is_off} for one in request.parameters]
        node = {"url": request.url, "parameters": table, "authentication": request.auth}
        for pointer, finding in declared_credentials({"request": node}, detector=detector):
            number = re.fullmatch("/request/parameters/([0-9]+)", pointer)
            yield request.parameters[int(number[1])].line if number else request.line, finding


def requests(text: bytes) -> Iterator[Request]:
    """The requests of a file, in their order."""
    begin = text[: 64 << 10]
    if b"<" in begin[:200]:
        of = _of_jmeter if b"<jmeterTestPlan" in begin else _of_mule if b"<mule" in begin else _of_soapui
        yield from of(_elements(text))
    elif re.search(rb"^(?:scenarios|config|stages|tests):", begin, re.MULTILINE):
        for tree in trees(text):
            yield from _of_yaml(tree)
    else:
        yield from _of_bruno(text.decode("utf-8", "replace"))


# ---------------------------------------------------------- Hurl and Bruno


def _of_hurl(text: str) -> Iterator[Request]:
    request, section = Request(1), ""
    for number, line in enumerate(text.split("\n"), 1):
        if begun := _HURL_REQUEST.fullmatch(line):
            yield request
            request, section = Request(number, begun[1].partition("?")[0]), ""  # what else it holds is judged
        elif found := _SECTION.fullmatch(line):
            section = found[1]
        elif section in _QUERY_SECTIONS and (entry := _ENTRY.fullmatch(f" {line}")) and not entry[2].startswith("#"):
            request.parameters.append(Parameter(number, entry[2], entry[3].partition(" #")[0]))
    yield request


def _of_bruno(text: str) -> Iterator[Request]:
    request, block, is_apikey = Request(1), "", False
    for number, line in enumerate(text.split("\n"), 1):
        if not block:
            block = found[1] if (found := _BLOCK.fullmatch(line)) else ""
            if block in _VERBS:
                request.line = number
        elif line.startswith("}"):
            block = ""
        elif entry := _ENTRY.fullmatch(line):
            off, name, value = entry.groups()
            if block in _VERBS and name == "url":
                request.url = value
            elif block in ("query", "params:query"):
                request.parameters.append(Parameter(number, name, value, bool(off)))
            elif block == "auth:apikey":
                is_apikey = True
                request.auth[name] = value
    if is_apikey and request.auth.get("placement") == "queryparams":
        request.auth = {"type": "apikey", "key": request.auth.get("key", ""), "in": "query"}
    else:
        request.auth = {}
    request.parameters = [one for one in request.parameters if f"{one.name}=" not in request.url]  # told there
    yield request


# --------------------------------------------- Artillery, Tavern, Step CI


def _of_yaml(tree: Tree) -> Iterator[Request]:
    data = tree.data
    config = data.get("config") if isinstance(data, dict) else None
    target = config.get("target") if isinstance(config, dict) else None
    pending: list[tuple[str, object]] = [("", data)]
    while pending:
        pointer, node = pending.pop()
        if isinstance(node, list):
            pending += [(f"{pointer}/{number}", one) for number, one in enumerate(node)]
        elif isinstance(node, dict):
            pending += [
                (f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}", one) for key, one in node.items()
            ]
            url, member = node.get("url"), "qs" if "qs" in node else "params"
            query = node.get(member)
            if isinstance(url, str) and isinstance(query, dict):
                base = target if isinstance(target, str) and url.startswith("/") else ""
                yield Request(
                    tree.line(f"{pointer}/url"),
                    base.rstrip("/") + url,
                    [
                        Parameter(tree.line(f"{pointer}/{member}/{key}"), key, value)
                        for key, value in query.items()
                        if isinstance(value, str)
                    ],
                )


# --------------------------------------------------- SoapUI, JMeter and Mule


@dataclass(slots=True)
class _Element:
    line: int
    name: str
    attributes: dict[str, str]
    children: list[_Element] = field(default_factory=list)
    text: str = ""

    def all(self, name: str) -> Iterator[_Element]:
        """The elements of a name in this one."""
        pending = [self]
        while pending:
            one = pending.pop()
            if one.name == name:
                yield one
            pending += reversed(one.children)

    def child(self, name: str) -> str:
        """The text of the first child of a name."""
        return next((one.text.strip() for one in self.children if one.name == name), "")

    def told(self, property_: str) -> str:
        """The text of a property of JMeter."""
        return next((one.text.strip() for one in self.children if one.attributes.get("name") == property_), "")


def _elements(text: bytes) -> _Element:
    """The elements of an XML text, by their names without a prefix."""
    root = _Element(1, "", {})
    open_ = [root]
    parser = expat.ParserCreate()
    count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > _MOST_ELEMENTS or len(open_) > 1000:
            raise NotReadable("has too many elements or is nested too deeply")
        one = _Element(parser.CurrentLineNumber, name.rpartition(":")[2], attributes)
        open_[-1].children.append(one)
        open_.append(one)

    def end(_: str) -> None:
        open_.pop()

    def characters(more: str) -> None:
        if len(open_[-1].text) < 1 << 16:
            open_[-1].text += more

    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = characters
    try:
        parser.Parse(text, True)  # the last piece
    except (expat.ExpatError, ValueError, LookupError):
        raise NotReadable("cannot be read as XML") from None
    return root


def _of_jmeter(root: _Element) -> Iterator[Request]:
    for sampler in root.all("HTTPSamplerProxy"):
        if sampler.told("HTTPSampler.method") not in _QUERY_METHODS:
            continue
        host, path = sampler.told("HTTPSampler.domain"), sampler.told("HTTPSampler.path")
        is_off = sampler.attributes.get("enabled") == "false"
        scheme = sampler.told("HTTPSampler.protocol") or "https"
        request = Request(sampler.line, f"{scheme}://{host}/{path.lstrip('/')}" if host else path)
        for one in sampler.all("elementProp"):
            if one.attributes.get("elementType") == "HTTPArgument" and (name := one.told("Argument.name")):
                request.parameters.append(Parameter(one.line, name, one.told("Argument.value"), is_off))
        yield request


def _of_mule(root: _Element) -> Iterator[Request]:
    """The requests of Mule 3 and 4. What DataWeave or a placeholder fills is a variable."""
    for place in ("request", "request-config", "default-query-params", "request-builder"):
        for one in root.all(place):
            request = Request(one.line, one.attributes.get("path", ""))
            for entry in one.children:
                if entry.name in ("query-param", "default-query-param"):
                    name = entry.attributes.get("key", entry.attributes.get("paramName", ""))
                    value = entry.attributes.get("value", "")
                    request.parameters.append(_of_dataweave(entry.line, name, value, is_written=True))
                elif entry.name == "query-params":
                    request.parameters += [
                        _of_dataweave(entry.line, pair["name"], pair["value"]) for pair in _MEMBER.finditer(entry.text)
                    ]
            yield request


def _of_dataweave(line: int, name: str, value: str, *, is_written: bool = False) -> Parameter:
    """A parameter whose value is an expression, or a text as it is `written`."""
    plain = value.strip()
    if plain[:1] in ("'", '"'):
        return Parameter(line, name, plain.strip("'\""))
    return Parameter(line, name, plain if is_written and not plain.startswith(("#[", "$")) else "${expression}")


def _of_soapui(root: _Element) -> Iterator[Request]:
    styles: dict[str, set[str]] = {}
    for parameter in root.all("parameter"):
        styles.setdefault(parameter.child("name"), set()).add(parameter.child("style"))
    for resource in root.all("resource"):
        request = Request(resource.line, resource.attributes.get("path", ""))
        for parameter in resource.all("parameter"):
            if parameter.child("style") == "QUERY":
                value = parameter.child("value") or parameter.child("default")
                request.parameters.append(Parameter(parameter.line, parameter.child("name"), value))
        yield request
    for name in ("restRequest", "request"):
        for one in root.all(name):
            if one.attributes.get("postQueryString") == "true":
                continue
            request = Request(one.line, one.child("originalUri") or one.child("endpoint"))
            for entry in one.all("entry"):
                key = entry.attributes.get("key", "")
                if styles.get(key) == {"QUERY"}:
                    request.parameters.append(Parameter(entry.line, key, entry.attributes.get("value", "")))
            yield request
