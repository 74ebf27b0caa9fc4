"""Specifications and collections that place a credential in the query, or in the path, by design.

OpenAPI 2 and 3, AsyncAPI, Arazzo, RAML; collections of Postman (1 and 2), Hoppscotch, Thunder Client and Bruno;
Insomnia exports (4 and 5).
"""

from __future__ import annotations

import re
from hashlib import blake2b
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from jsonpointer import escape

from conformance.rules.url_tokens.detector import Detector
from conformance.rules.url_tokens.finding import CWE, URL, Finding, Level
from conformance.rules.url_tokens.judging import is_one_time
from conformance.rules.url_tokens.masking import path_template, redacted_url
from conformance.rules.url_tokens.names import Named, named, normalised
from conformance.rules.url_tokens.places import split
from conformance.rules.url_tokens.remedies import remedy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

type Placed = tuple[str, Finding]

DEPTH = 64
"""How deep a document is followed."""

_SKIPPED = frozenset({"example", "examples", "default", "enum"})
_WEIGHTY = frozenset({"token", "auth", "secret", "sid", "session", "pass", "pwd", "pw", "xauth", "xtoken"})
_IN_PATH = re.compile(
    r"(?:access|refresh|id|auth|oauth|session|private|bearer|api|bot)token\Z|password\Z|apikey\Z|secretkey\Z|jwt\Z"
)
_NO_CREDENTIAL = re.compile(
    r"(?i)\b(?:pag(?:e|ing|ination) (?:start )?(?:token|number)|next page|pagination|cursor|lock token|filter by"
    r"|continu(?:e|ation))\b"
)
_SEARCHED = re.compile(r"(?i)(?:filters?|search|where|fields?|sort|order(?:_?by)?)\[")  # a record with this id
_VARIABLE = re.compile(r"\{\{.*\}\}|\{%.*%\}|\$\{.*\}|<<.*>>|\{.+\}|:\w+")
_TEMPLATE = re.compile(r"/|https?:|\{\$")  # of a path, and of an address that is called back
_REFERENCES = 8  # that are followed from one to the next
_IN_QUERY = frozenset({"query", "queryparams", "url"})


def declared_credentials(
    document: object, *, detector: Detector | None = None, is_raml: bool = False
) -> Iterator[Placed]:
    """The credentials that an OpenAPI document, a Postman collection or an Insomnia export places in URLs.

    Args:
        document: the parsed JSON or YAML.
        detector: judges the URLs that are written out in the document; one of its own if left out.
        is_raml: whether it is an API description in RAML, which no member tells.

    Returns:
        Pairs of a JSON pointer (RFC 6901) into the document and the finding there, in the order of the document.
    """
    if isinstance(document, dict):
        urls = detector or Detector(correlate=False)
        if "openapi" in document or "swagger" in document:
            yield from _openapi(document, "", _Api(document, urls), "", DEPTH)
        elif is_raml or not {"asyncapi", "arazzo"}.isdisjoint(document):
            yield from _described(document, "", "", DEPTH)
        else:
            yield from _requests(document, "", urls, DEPTH)


def _children(node: object, pointer: str) -> Iterator[tuple[str, str, Any]]:
    """Key, pointer and value of whatever is directly inside."""
    items: list[tuple[Any, Any]] = []
    if isinstance(node, dict):
        items = list(node.items())
    elif isinstance(node, list):
        items = list(enumerate(node))
    for key, value in items:
        if isinstance(value, (dict, list)):
            yield str(key), f"{pointer}/{escape(str(key))}", value


class _Api(NamedTuple):
    """An OpenAPI document, and what judges the URLs that it writes out."""

    document: dict[str, Any]
    urls: Detector

    def schema(self, given: object) -> dict[str, Any]:
        """A schema, or the one in this document that it refers to."""
        for _ in range(_REFERENCES):
            reference = given.get("$ref") if isinstance(given, dict) else None
            if not isinstance(reference, str) or not reference.startswith("#/"):
                break
            given = self.document
            for part in reference[2:].split("/"):
                given = given.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(given, dict) else None
        return given if isinstance(given, dict) else {}


def _openapi(node: object, pointer: str, api: _Api, path: str, depth: int) -> Iterator[Placed]:
    if isinstance(node, dict):
        yield from _scheme(node, pointer, path)
        yield from _parameter(node, pointer, api, path)
        yield from _link(node, pointer, path)
        if isinstance(url := node.get("url"), str) and "/servers/" in pointer:
            yield from _written(url, f"{pointer}/url", api.urls, _defaults(node.get("variables")))
        for key in node:
            if "?" in str(key) and _TEMPLATE.match(str(key)):
                yield from _written(str(key), f"{pointer}/{escape(str(key))}", api.urls)
    if depth:
        for key, inner, value in _children(node, pointer):
            if key not in _SKIPPED:
                yield from _openapi(value, inner, api, key if key.startswith("/") else path, depth - 1)


def _defaults(variables: object) -> dict[str, str]:
    """The default values of the variables in a server's URL, by the text that they replace."""
    if not isinstance(variables, dict):
        return {}
    told = {f"{{{name}}}": one.get("default") for name, one in variables.items() if isinstance(one, dict)}
    return {name: value for name, value in told.items() if isinstance(value, str)}


def _written(url: str, at: str, urls: Detector, filled: Mapping[str, str] = MappingProxyType({})) -> Iterator[Placed]:
    """The credentials in a URL as it is written, with its variables or with their defaults."""
    whole = url
    for name, value in filled.items():
        whole = whole.replace(name, value)
    found = urls.url(_encoded(whole))
    for one in found:
        yield at, one
    for pair in url.partition("?")[2].split("&"):
        name, _, value = pair.partition("=")
        is_told = any(one.parameter == name for one in found)
        if not is_told and _VARIABLE.fullmatch(value) and (rule := _rule(name, value)) is not None:
            yield at, declared(rule, name, url)


def _scheme(node: dict[str, Any], pointer: str, path: str) -> Iterator[Placed]:
    """A security scheme that sends its credential in the query, or gets its token in a fragment."""
    if node.get("type") == "apiKey" and node.get("in") == "query":
        yield pointer, declared("L7", str(node.get("name", "")), path)
    elif node.get("type") == "oauth2":
        flows = node.get("flows")
        if isinstance(flows, dict) and "implicit" in flows:
            yield f"{pointer}/flows/implicit", declared("W1", "access_token", path)
        elif node.get("flow") == "implicit":
            yield f"{pointer}/flow", declared("W1", "access_token", path)


def _parameter(node: dict[str, Any], pointer: str, api: _Api, path: str) -> Iterator[Placed]:
    """A parameter of the query or the path that is named or declared as a credential, or has one as its example."""
    name, place = node.get("name"), node.get("in")
    if place not in ("query", "path", "querystring") or node.get("type") == "apiKey":
        return
    schemas = [api.schema(one) for one in _schemas(node)]
    if place != "path":
        yield from _members(schemas, pointer, path)
    if not isinstance(name, str) or place == "querystring":
        return
    schema = schemas[0] if schemas else node
    is_text = _is_text(schema.get("type")) and not {"enum", "const"} & schema.keys()
    rule = (
        "L7"
        if schema.get("format") == "password"
        else (_rule(name) if place == "query" else _path_rule(name, path))
        if is_text and not _is_said_to_be_none(name, node)
        else None
    )
    if rule is not None:
        yield pointer, declared(rule, name, path)
        return
    for value in _examples(node, schema):
        parameter = f"{path or '/'}?{name}={quote(value, safe='')}" if place == "query" else f"/{quote(value, safe='')}"
        for finding in api.urls.url(_encoded(parameter)):
            yield pointer, finding


def _described(node: object, pointer: str, path: str, depth: int) -> Iterator[Placed]:
    """What AsyncAPI, Arazzo and RAML place in the query: parameters, keys, bindings of WebSockets."""
    if isinstance(node, dict):
        name = node.get("name")
        if node.get("in") == "query" and isinstance(name, str):
            rule = "L7" if node.get("type") == "httpApiKey" else _rule(name)
            yield from [(pointer, declared(rule, name, path))] if rule else ()
        if pointer.endswith(("/ws", "/http")) and isinstance(query := node.get("query"), dict):
            yield from _members([query], f"{pointer}/query", path)
        for key in node["queryParameters"] if isinstance(node.get("queryParameters"), dict) else ():
            if rule := _rule(str(key).removesuffix("?")):
                yield f"{pointer}/queryParameters/{escape(str(key))}", declared(rule, str(key).removesuffix("?"), path)
    if depth:
        for key, inner, value in _children(node, pointer):
            if key not in _SKIPPED:
                yield from _described(value, inner, path + key if key.startswith("/") else path, depth - 1)


def _link(node: dict[str, Any], pointer: str, path: str) -> Iterator[Placed]:
    """The parameters of a link that are said to go into the query, as `query.access_token`."""
    if not {"operationId", "operationRef"} & node.keys() or not isinstance(node.get("parameters"), dict):
        return
    for key in node["parameters"]:
        place, _, name = str(key).partition(".")
        if place == "query" and (rule := _rule(name)) is not None:
            yield f"{pointer}/parameters/{escape(str(key))}", declared(rule, name, path)


def _schemas(parameter: dict[str, Any]) -> list[object]:
    """The schema of a parameter, and those of its contents."""
    content = parameter.get("content")
    contents = list(content.values()) if isinstance(content, dict) else []
    return [one["schema"] for one in (parameter, *contents) if isinstance(one, dict) and "schema" in one]


def _members(schemas: list[dict[str, Any]], pointer: str, path: str) -> Iterator[Placed]:
    """The members of an object that is spread over the query, or stands in it, and are named as credentials."""
    for schema in schemas:
        members = schema.get("properties")
        for name, member in members.items() if isinstance(members, dict) else ():
            is_text = (
                isinstance(member, dict) and _is_text(member.get("type")) and not {"enum", "const"} & member.keys()
            )
            if is_text and named(_encoded(str(name))) is Named.CREDENTIAL:
                yield pointer, declared("L7", str(name), path)


def _examples(node: dict[str, Any], schema: dict[str, Any]) -> set[str]:
    """The values that a parameter is said to have."""
    values: list[object] = [one.get(member) for one in (node, schema) for member in ("example", "default")]
    for one in (node.get("examples"), schema.get("examples")):
        if isinstance(one, dict):
            values += [example.get("value") for example in one.values() if isinstance(example, dict)]
        elif isinstance(one, list):
            values += one
    return {value for value in values if isinstance(value, str)}


def _is_said_to_be_none(name: str, parameter: dict[str, Any]) -> bool:
    """Whether a parameter of a general name says that it is a position in a list, a lock, or what is searched for."""
    return (
        named(_encoded(name)) is Named.GENERIC and _NO_CREDENTIAL.search(str(parameter.get("description"))) is not None
    )


def _is_text(declared: object) -> bool:
    """Whether a declared type takes a text; OpenAPI 3.1 may list several, and null among them."""
    types = declared if isinstance(declared, list) else [declared]
    return any(one not in ("boolean", "integer", "number", "array", "object", "null") for one in types)


def _requests(node: object, pointer: str, urls: Detector, depth: int) -> Iterator[Placed]:
    """The requests of a collection and the ways they authenticate, however deep they are nested."""
    if isinstance(node, dict):
        where = _url_of(node)
        for member in ("auth", "authentication"):
            yield from _authentication(node.get(member), f"{pointer}/{member}", where)
        yield from _query(node, pointer, urls, where)
    if depth:
        for key, inner, value in _children(node, pointer):
            if key not in {"auth", "authentication", "response"}:
                yield from _requests(value, inner, urls, depth - 1)


def _url_of(node: dict[str, Any]) -> str:
    url = node.get("url", node.get("endpoint"))
    if isinstance(url, dict):
        url = url.get("raw")
    return url if isinstance(url, str) else ""


def _authentication(auth: object, pointer: str, where: str) -> Iterator[Placed]:
    """Settings that add a key or a token to the query."""
    if not isinstance(auth, dict):
        return
    kind = auth.get("type", auth.get("authType"))
    settings = auth.get(kind, auth) if isinstance(kind, str) else auth
    if isinstance(settings, list):
        settings = {str(one.get("key")): one.get("value") for one in settings if isinstance(one, dict)}
    if not isinstance(settings, dict) or auth.get("disabled") is True:
        return
    place: object = next((settings[key] for key in ("in", "addTokenTo", "addTo") if key in settings), None)
    if isinstance(place, str) and re.sub("[ _]", "", place).lower() in _IN_QUERY:
        name = settings.get("key") if kind in ("apikey", "api-key") else "access_token"
        yield pointer, declared("L7", str(name or ""), where)


def _query(node: dict[str, Any], pointer: str, urls: Detector, where: str) -> Iterator[Placed]:
    """The query parameters of a request: by their table where there is one, else as the URL spells them."""
    url, (table, inner) = node.get("url"), _table(node, pointer)
    is_apart = isinstance(url, dict)
    written = where.partition("?")[0] if table is not None and is_apart else where
    if written:
        at = f"{pointer}/url/raw" if is_apart else f"{pointer}/url"
        yield from _written(written, at, urls)
    for number, entry in enumerate(table or ()):
        name = _name_of(entry)
        if name and (is_apart or f"{name}=" not in written.partition("?")[2]):
            yield from _filled(name, entry, f"{inner}/{number}", urls, where)


def _table(node: dict[str, Any], pointer: str) -> tuple[list[Any] | None, str]:
    """The query parameters of a request that stand apart from its URL, and where."""
    url = node.get("url", node.get("endpoint"))
    if isinstance(url, dict) and isinstance(url.get("query"), list):
        return url["query"], f"{pointer}/url/query"
    member = next((one for one in ("parameters", "params") if isinstance(node.get(one), list)), "")
    return (node[member], f"{pointer}/{member}") if member and isinstance(url, str) else (None, "")


def _name_of(entry: object) -> str:
    """The name of an entry of a table; empty of what is no parameter of the query."""
    if not isinstance(entry, dict) or entry.get("isPath") or entry.get("type") == "path":
        return ""
    name = entry.get("name", entry.get("key"))
    return name if isinstance(name, str) else ""


def _filled(name: str, one: dict[str, Any], pointer: str, urls: Detector, where: str) -> Iterator[Placed]:
    """A query parameter in a table: filled by a variable, by a value, or switched off."""
    value = one.get("value")
    if not isinstance(value, str) or not value:
        return
    if _VARIABLE.search(value):
        if (rule := _rule(name, value)) is not None:
            yield pointer, declared("W3" if _is_off(one) else rule, name, where)
        return
    target = where.partition("?")[0] or "/"
    for finding in urls.url(_encoded(f"{target}?{name}={value.replace('&', '%26').replace('#', '%23')}")):
        yield pointer, declared("W3", name, where) if _is_off(one) else finding


def _is_off(one: dict[str, Any]) -> bool:
    """Whether a parameter is not sent; each tool says so with a word of its own."""
    if one.get("disabled") is True or one.get("isDisabled") is True:
        return True
    return one.get("active") is False or one.get("enabled") is False


def _rule(name: str, value: str = "") -> str | None:
    """The rule that a query parameter of this name breaks, whatever it is filled with; None if it breaks none."""
    raw = _encoded(name)
    kind = named(raw)
    names = normalised(raw)
    if _SEARCHED.match(name):
        return None
    if kind is Named.CREDENTIAL or (kind is Named.GENERIC and not _WEIGHTY.isdisjoint(names)):
        return "L7"
    if kind is Named.PRODUCT and not names[-1].endswith(
        "clienttoken"
    ):  # which mostly keeps a call from being made twice
        return "L7"
    if kind is Named.GENERIC and value and named(_encoded(value.strip("{}$<>% _.:"))) is Named.CREDENTIAL:
        return "L7"  # key={{api_key}}
    return "W1" if kind is Named.ONE_TIME else None


def _path_rule(name: str, path: str) -> str | None:
    """The rule that a path parameter of this name breaks: what is in a path names a thing, unless it says otherwise."""
    kind = named(_encoded(name))
    words = normalised(_encoded(name))
    if kind is Named.ONE_TIME or (kind is not Named.PUBLIC and "token" in words and is_one_time(_encoded(path))):
        return "W1"
    is_credential = kind is Named.CREDENTIAL and _IN_PATH.search(words[-1]) is not None
    return "L7" if is_credential or f"/bot{{{name}}}/" in path else None


def declared(rule: str, name: str, where: str, by: str = "design") -> Finding:
    """The finding of a credential that is placed in a URL by design.

    Args:
        rule: the rule that it breaks.
        name: the parameter.
        where: the URL as far as it is known.
        by: what places it there, the `design` of an API or `code`, for the remedy.
    """
    parts = split(redacted_url(_encoded(where)))
    template = path_template(parts.path)
    digest = blake2b(_encoded(f"{rule} {name} {template}"), digest_size=8).hexdigest()  # no secret goes into it
    level = Level.LEAK if rule.startswith("L") else Level.WARN
    host = parts.host.decode("utf-8", "replace").lower()
    says = remedy(rule, by, parts.path)
    return Finding(level, rule, URL, "design", name, "(declared)", digest, CWE, says, host, template)


def _encoded(text: str) -> bytes:
    """The text as bytes. What JSON writes as half of a surrogate pair is a character of three bytes."""
    return text.encode("utf-8", "surrogatepass")
