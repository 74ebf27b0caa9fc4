"""What a rule is, and where the sentences come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from conformance.config.profile_files import Basis
    from conformance.documents import Location
    from conformance.documents.api_description import SourceDocument
    from conformance.openapi_lint.openapi import OpenApi

type RuleLevel = Literal["error", "warning", "note"]
"""error: External Services does not register the document. warning: it registers, but something is left out, limited or
open. note: something worth knowing."""

type Hit = tuple[Location, str]
"""Where a rule was broken, and the value that breaks it, in words."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule's sentence stands."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What a rule looks at.

    Attributes:
        document: the text with its positions.
        api: the operations; None where the document is of no version that is known, or too long to be read.
    """

    document: SourceDocument
    api: OpenApi | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One statement about documents.

    Attributes:
        id: its permanent name.
        level: what breaking it means. Nothing that is inferred is an error.
        basis: what the level rests on.
        sentence: what the source says, in our words.
        remedy: how to fix it.
        find: the places where a document breaks it.
        is_open: whether nobody says if a document that breaks it registers.
    """

    id: str
    level: RuleLevel
    basis: Basis
    sentence: str
    source: Source
    remedy: str
    find: Callable[[Subject], Iterator[Hit]] = field(repr=False)
    is_open: bool = False

    def __post_init__(self) -> None:
        if self.level == "error" and self.basis == "inferred":
            raise ValueError(f"{self.id}: what is inferred cannot refuse a document")


def rule(
    identifier: str, level: RuleLevel, basis: Basis, *, sentence: str, source: Source, remedy: str
) -> Callable[[Callable[[Subject], Iterator[Hit]]], Rule]:
    """Make a rule of the function that finds where it is broken."""
    return lambda find: Rule(identifier, level, basis, sentence, source, remedy, find)


def api_rule(
    identifier: str, level: RuleLevel, basis: Basis, *, sentence: str, source: Source, remedy: str
) -> Callable[[Callable[[OpenApi], Iterator[Hit]]], Rule]:
    """The same for a function that looks at the operations alone; without any it finds nothing."""

    def made(find: Callable[[OpenApi], Iterator[Hit]]) -> Rule:
        def find_in(subject: Subject) -> Iterator[Hit]:
            if subject.api is not None:
                yield from find(subject.api)

        return Rule(identifier, level, basis, sentence, source, remedy, find_in)

    return made


def _help(title: str, page: str) -> Source:
    return Source(
        f"Salesforce Help, External Services: {title}",
        f"https://help.salesforce.com/s/articleView?id=platform.{page}.htm&type=5",
    )


DEFINITIONS = _help("Schema Definitions", "external_services_schema_def_definition")
MEDIA_TYPES = _help("Media Type Directives and Mapping", "external_services_schema_def_media_type_schema_directives")
LIMITS = _help("System Limits", "external_services_schema_def_limits")
NAMING = _help("Naming and Description Conventions", "external_services_schema_def_naming_description")
VERSIONS = _help("OpenAPI 2.0 and 3.0 Support", "external_services_intro_openapi_2_3_support")
CONSIDERATIONS = _help("Considerations", "enhanced_external_services_considerations")
ASYNCHRONOUS = _help("Asynchronous Operations", "external_services_async_ops")
UNTYPED_REPORT = Source(
    "A document that could not be registered for a schema without a type",
    "https://github.com/openai/openai-openapi/issues/412",
)
RELABELLED_REPORT = Source(
    "A report on a document that was relabelled from OpenAPI 3.0 to 3.1",
    "https://github.com/klaviyo/openapi/issues/2",
)
REGISTRATION = Source(
    "Metadata API Developer Guide, ExternalServiceRegistration",
    "https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_externalserviceregistration.htm",
)
WINTER_26 = Source(
    "Salesforce Developers' Guide to Winter '26, External Services Binary File Support",
    "https://developer.salesforce.com/blogs/2025/09/winter26-developers",
)
OPENAPI_3_0 = Source("OpenAPI Specification 3.0.4", "https://spec.openapis.org/oas/v3.0.4.html")
OPENAPI = Source("OpenAPI Specifications 2.0 and 3.0", "https://spec.openapis.org/oas/")
YAML_1_2 = Source("YAML 1.2.2, 3.2.1.1 Nodes", "https://yaml.org/spec/1.2.2/#nodes")


def shown(value: object) -> str:
    """A value of the document in a message."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return "no value" if value is None else str(value)
