"""What the metadata of an OData service says of its entity sets (OData CSDL XML 4.01)."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from conformance.commands.init.draft import Draft
from conformance.commands.init.fields import Field, label_of, modified_of, without_what_the_system_writes
from conformance.commands.init.records import callers
from conformance.documents import UsageProblem

if TYPE_CHECKING:
    from conformance.commands.init.looking import Look

_INTEGERS = {
    "Edm.Byte": (0, 255), "Edm.SByte": (-128, 127), "Edm.Int16": (-(2**15), 2**15 - 1),
    "Edm.Int32": (-(2**31), 2**31 - 1), "Edm.Int64": (-(2**63), 2**63 - 1),
}  # fmt: skip


def draft_of_service(look: Look, name: str, collection: str | None) -> Draft | None:
    """The role of an OData service; None where the address is none.

    Raises:
        UsageProblem: it has no entity set of this name.
    """
    return draft_of_metadata(look.get("$metadata", "application/xml").text, look.url, name, collection)


def is_metadata(text: str) -> bool:
    """Whether a text looks like the metadata of an OData service."""
    return re.search(r"<(?:[\w.-]+:)?Edmx[\s>]", text) is not None


def draft_of_metadata(text: str, url: str, name: str, collection: str | None) -> Draft | None:
    """The role of the OData service at an address, by its metadata; None where the text is none.

    Raises:
        UsageProblem: it has no entity set of this name.
    """
    if not is_metadata(text) or "<!" in text.replace("<!--", ""):  # a document type has no business here
        return None
    try:
        tree = ET.fromstring(text)  # noqa: S314 - without a document type nothing is expanded or fetched
    except ET.ParseError:
        return None
    sets = {one.get("Name", ""): one.get("EntityType", "").rpartition(".")[2] for one in _all(tree, "EntitySet")}
    types = {one.get("Name", ""): one for one in _all(tree, "EntityType")}
    known = [entity_set for entity_set, kind in sets.items() if kind in types]
    if collection is not None and known and collection not in known:
        raise UsageProblem(
            [f"--collection: {collection!r} is not an entity set of the service; there are {', '.join(known)}"]
        )
    chosen = collection or next(iter(known), None)
    if chosen is None:
        return None
    whole = sets[chosen]
    about = [one for one in _all(tree, "Annotations") if one.get("Target", "").partition("/")[0].endswith(f".{whole}")]
    return _draft(url, name, chosen, types[whole], known, about)


def _draft(url: str, name: str, chosen: str, kind: ET.Element, known: list[str], about: Sequence[ET.Element]) -> Draft:
    all_properties = {one.get("Name", ""): one for one in _all(kind, "Property")}
    annotated = {one.get("Target", "").partition("/")[2]: one for one in about if "/" in one.get("Target", "")}
    key = next((one.get("Name", "ID") for one in _all(kind, "PropertyRef")), "ID")
    is_text = all_properties.get(key, ET.Element("none")).get("Type") == "Edm.String"
    fields = {
        p: field
        for p, node in all_properties.items()
        if p != key and (field := _field(node, annotated.get(p))) is not None
    }
    written = without_what_the_system_writes(fields)
    modified = modified_of(fields)
    said: dict[str, object] = {"base_url": url, "adapter": "odata-v4", "collection": chosen}
    if is_text:
        item = f"/{chosen}('{{id}}')"
        said |= {call: {"path": item} for call in ("read", "update", "delete")}
    said |= {"create": {"path": f"/{chosen}", "id": f"$.{key}"}, "id": f"$.{key}"}
    missing = callers(name)
    if modified is None:
        missing.append(("modified: $.modifiedAt", "No property of a date and time looks like that of the last change."))
    else:
        said["modified"] = f"$.{modified}"
        said["poll"] = {"query": {"$filter": f"{modified} ge {{since}}", "$orderby": f"{modified},{key}"}}
    if len(known) > 1:
        others = [one for one in known if one != chosen]
        missing.append((f"collection: {others[0]}", f"Entity sets that were left out: {', '.join(others)}."))
    said |= {**label_of(written), "fields": written}
    return Draft(
        "business_system", f"{url}/$metadata describes an OData service with the entity set {chosen}.", said, missing
    )


def _all(node: ET.Element, name: str) -> Iterator[ET.Element]:
    return (one for one in node.iter() if one.tag.rpartition("}")[2] == name)


def _is_count(text: str) -> bool:
    return text.isdecimal() and len(text) < 7


def _values(node: ET.Element) -> list[str]:
    """The only values that are allowed, by the term Validation.AllowedValues; empty where nothing is said."""
    allowed = [one for one in _all(node, "Annotation") if one.get("Term", "").endswith(".AllowedValues")]
    values = [one for term in allowed for one in _all(term, "PropertyValue") if one.get("Property") == "Value"]
    return [text for one in values if (text := one.get("String")) is not None]


def _field(node: ET.Element, about: ET.Element | None) -> Field | None:
    kind = node.get("Type", "")
    required: Field = {"required": True} if node.get("Nullable") == "false" and node.get("DefaultValue") is None else {}
    length = node.get("MaxLength", "")
    if kind in _INTEGERS:
        least, most = _INTEGERS[kind]
        return {"type": "integer", **required, "minimum": least, "maximum": most}
    values = _values(node) or ([] if about is None else _values(about))
    match kind:
        case "Edm.String" if values:
            return {"type": "enumeration", **required, "values": values}
        case "Edm.String":
            return {"type": "string", **required} | (
                {"max_length": int(length)} if _is_count(length) and int(length) else {}
            )
        case "Edm.Decimal" if _is_count(node.get("Precision", "")) and _is_count(node.get("Scale", "0")):
            digits, scale = int(node.get("Precision", "15")), int(node.get("Scale", "0"))
            return {"type": "decimal", **required, "digits": digits, "scale": scale} if 0 < digits <= 38 else None
        case "Edm.Boolean":
            return {"type": "boolean", **required}
        case "Edm.Date":
            return {"type": "date", **required}
        case "Edm.TimeOfDay":
            return {"type": "time", **required}
        case "Edm.DateTimeOffset":
            return {"type": "datetime", **required}
    return None
