"""What a business system may have or lack."""

import re
from typing import Any

from conformance.config.roles.feature import Feature, Reason
from conformance.config.roles.shared_features import METHODS, READ_CREDENTIALS, RFC9110, credentials
from conformance.config.roles.tokens import TokenRequest

_JSON_API = "https://jsonapi.org/format/#"
_SCHEMA = Reason(
    "A record has the fields that its schema gives it",
    "OpenAPI Specification 3.0, Schema Object",
    "https://spec.openapis.org/oas/v3.0.3.html#schema-object",
)
_SCALARS = ("integer", "decimal", "percent", "boolean", "date", "time", "datetime", "enumeration")


def _fields(role: Any, *types: str) -> dict[str, Any]:
    return {name: about for name, about in role.fields.items() if about.type in types}


def _of_type(name: str, types: str, example: str) -> Feature:
    return Feature(
        name,
        f"field of the type {types}",
        f"fields: {{{example}}}",
        given=lambda role, target: _fields(role, *re.split(r", | or ", types)),
        optional=_SCHEMA,
    )


FEATURES = (
    # ------------------------------------------------------------ connections
    credentials("credentials of the connection", "access: {bearer: ${TOKEN}}"),
    READ_CREDENTIALS,
    Feature(
        "renewed_credentials",
        "token that is renewed",
        "access: {bearer: {url: https://…, form: {…}}}",
        given=lambda role, target: isinstance(role.access.bearer, TokenRequest) or role.access.token_endpoint,
        optional=Reason(
            "A scheme may use credentials that do not change, such as a password or a key",
            "RFC 9110, 11.4 Credentials",
            f"{RFC9110}11.4",
        ),
        part_of="credentials",
    ),
    Feature(
        "permissions",
        "caller who may not write",
        "without_permission: {bearer: ${OTHER_TOKEN}}",
        given=lambda role, target: role.without_permission,
        optional=Reason(
            "Whether valid credentials suffice is the server's own decision, and it may let every caller write",
            "RFC 9110, 15.5.4 403 Forbidden",
            f"{RFC9110}15.5.4",
        ),
        part_of="credentials",
    ),
    Feature(
        "metadata",
        "description of the fields",
        "metadata: {path: /metadata}",
        given=lambda role, target: role.metadata,
        optional=Reason(
            "A server need not describe itself over HTTP; fields may be documented in other ways",
            "OpenAPI Specification 3.0, Introduction",
            "https://spec.openapis.org/oas/v3.0.3.html#introduction",
        ),
    ),
    Feature(
        "required_fields_in_metadata",
        "description of which fields are required",
        "metadata: {path: /metadata, required: $.required}",
        given=lambda role, target: (
            role.metadata is not None and (role.metadata.required or role.metadata.required_names)
        ),
        optional=Reason(
            "What a schema says of a field beside its name is optional",
            "OpenAPI Specification 3.0, Schema Object",
            "https://spec.openapis.org/oas/v3.0.3.html#schema-object",
        ),
        part_of="metadata",
    ),
    Feature(
        "details_in_metadata",
        "description of types, lengths, values or what is read-only",
        "metadata: {path: /metadata, length: $.length}",
        given=lambda role, target: (
            role.metadata is not None and (role.metadata.length or role.metadata.values or role.metadata.read_only)
        ),
        optional=Reason(
            "What a schema says of a field beside its name is optional",
            "OpenAPI Specification 3.0, Schema Object",
            "https://spec.openapis.org/oas/v3.0.3.html#schema-object",
        ),
        part_of="metadata",
    ),
    Feature(
        "access_control",
        "caller who may not read",
        "without_access: {bearer: ${STRANGERS_TOKEN}}",
        given=lambda role, target: role.without_access,
        optional=Reason(
            "Whether valid credentials suffice is the server's own decision, and it may let every caller read",
            "RFC 9110, 15.5.4 403 Forbidden",
            f"{RFC9110}15.5.4",
        ),
        part_of="credentials",
    ),
    Feature(
        "former_tokens",
        "token that outlives a new one",
        optional=Reason(
            "How many tokens of a client are valid at once is left to the server",
            "RFC 6749, 1.4 Access Token",
            "https://www.rfc-editor.org/rfc/rfc6749#section-1.4",
        ),
        part_of="renewed_credentials",
        denied=lambda role: "former_tokens: 0" if role.former_tokens == 0 else "",
    ),
    # ---------------------------------------------------------------- actions
    Feature(
        "creation",
        "creation of records",
        "create: {path: /accounts}",
        given=lambda role, target: role.create,
    ),
    Feature(
        "bulk_creation",
        "creation of several records in one write",
        "create_many: {path: /accounts/bulk}",
        given=lambda role, target: role.create_many,
        optional=METHODS,
    ),
    Feature(
        "upserts",
        "write by an external id",
        "upsert: {path: '/accounts/by-code/{key}', key: code}",
        given=lambda role, target: role.upsert,
        optional=METHODS,
    ),
    Feature(
        "reading",
        "reading of one record",
        "read: {path: '/accounts/{id}'}",
        given=lambda role, target: role.read,
    ),
    Feature(
        "updates",
        "update of records",
        "update: {path: '/accounts/{id}'}",
        given=lambda role, target: role.update,
        optional=METHODS,
    ),
    Feature(
        "partial_updates",
        "update of some fields alone",
        "update: {path: '/accounts/{id}'}",
        given=lambda role, target: role.update is not None and not role.update.whole,
        part_of="updates",
        denied=lambda role: "update: {whole: true}" if role.update is not None and role.update.whole else "",
    ),
    Feature(
        "deletion",
        "deletion of records",
        "delete: {path: '/accounts/{id}'}",
        given=lambda role, target: role.delete,
        optional=METHODS,
        undoes=True,
    ),
    Feature(
        "undeletion",
        "way to bring a deleted record back",
        "undelete: {path: '/accounts/{id}/undelete'}",
        given=lambda role, target: role.undelete,
        optional=METHODS,
        part_of="deletion",
    ),
    Feature(
        "given_ids",
        "id that the system gives",
        "create: {path: /accounts, id: $.id}",
        given=lambda role, target: role.create is not None and not role.create.has("id"),
        denied=lambda role: "create: {id}" if role.create is not None and role.create.has("id") else "",
    ),
    Feature(
        "locks",
        "lock of a record's state",
        "lock: etag",
        given=lambda role, target: role.lock,
        found=lambda role: role.lock is None,
        optional=Reason(
            "Conditional requests are there for the servers that want them",
            "RFC 9110, 13.2.1 When to Evaluate",
            f"{RFC9110}13.2.1",
        ),
        part_of="updates",
    ),
    Feature(
        "idempotency_keys",
        "idempotency keys",
        "idempotency_header: Idempotency-Key",
        given=lambda role, target: role.idempotency_header,
        optional=Reason(
            "The header is for the resources whose server supports it",
            "The Idempotency-Key HTTP Header Field (Internet-Draft), 2 The Idempotency-Key HTTP Request Header Field",
            "https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/",
        ),
    ),
    Feature(
        "rate_limits",
        "limit on writes in a row",
        "rate_limit: {writes: 100}",
        given=lambda role, target: role.rate_limit,
        optional=Reason(
            "Whether and how requests are counted is left to the server",
            "RFC 6585, 4 429 Too Many Requests",
            "https://www.rfc-editor.org/rfc/rfc6585#section-4",
        ),
    ),
    Feature(
        "rules_of_fields",
        "field that is required, or of a type that refuses something",
        "fields: {name: {type: string, required: true}, day: {type: date}}",
        given=lambda role, target: any(about.required or about.type in _SCALARS for about in role.fields.values()),
        optional=_SCHEMA,
    ),
    Feature(
        "types_of_fields",
        "field of a type that refuses something",
        "fields: {stage: {type: enumeration, values: [new, won]}}",
        given=lambda role, target: _fields(role, *_SCALARS),
        optional=_SCHEMA,
        part_of="rules_of_fields",
    ),
    Feature(
        "refusals",
        "refusal of a wrong value",
        optional=Reason(
            "A server should check what it is given against rules of its own, and need have none",
            "RFC 9110, 9.3.4 PUT",
            f"{RFC9110}9.3.4",
        ),
    ),
    # ----------------------------------------------------------------- fields
    Feature(
        "label",
        "text field",
        "fields: {name: {type: string, required: true}}",
        given=lambda role, target: role.label or _fields(role, "string", "text"),
    ),
    _of_type("strings", "string", "name: {type: string}"),
    _of_type("texts", "text", "note: {type: text}"),
    _of_type("integers", "integer", "quantity: {type: integer}"),
    _of_type("decimals", "decimal or percent", "amount: {type: decimal}"),
    _of_type("booleans", "boolean", "paid: {type: boolean}"),
    _of_type("dates", "date", "day: {type: date}"),
    _of_type("datetimes", "datetime", "due: {type: datetime}"),
    _of_type("times_of_day", "time", "opens: {type: time}"),
    _of_type("enumerations", "enumeration", "stage: {type: enumeration, values: [new, won]}"),
    _of_type("multi_enumerations", "multi_enumeration", "topics: {type: multi_enumeration, values: [tax, law]}"),
    _of_type("formatted_texts", "email, phone or url", "mail: {type: email}"),
    _of_type("lookups", "lookup", "parent: {type: lookup}"),
    _of_type("structures", "currency, address or geolocation", "place: {type: address}"),
    Feature(
        "limited_texts",
        "text with a greatest length",
        "fields: {name: {type: string, max_length: 80}}",
        given=lambda role, target: {
            name: about for name, about in _fields(role, "string", "text").items() if about.max_length
        },
        optional=_SCHEMA,
    ),
    Feature(
        "nullable_texts",
        "text that may be null",
        "fields: {code: {type: string, nullable: true}}",
        given=lambda role, target: {
            name: about for name, about in _fields(role, "string", "text").items() if about.nullable
        },
        optional=_SCHEMA,
    ),
    Feature(
        "optional_values",
        "number, boolean, date or choice that a record may lack",
        "fields: {quantity: {type: integer}}",
        given=lambda role, target: {
            name: about for name, about in _fields(role, *_SCALARS).items() if not about.required
        },
        optional=_SCHEMA,
    ),
    Feature(
        "ranges",
        "field whose type has a range: a number, date or time",
        "fields: {quantity: {type: integer}}",
        given=lambda role, target: _fields(role, "integer", "decimal", "percent", "date", "time", "datetime"),
        optional=_SCHEMA,
    ),
    # ---------------------------------------------------------------- changes
    Feature(
        "polling",
        "poll for changes",
        "poll: {path: /accounts, query: {since: '{since}'}}",
        given=lambda role, target: role.poll is not None and role.poll.has("since"),
        optional=Reason(
            "A flow may act on a system without waiting for its changes",
            "IBM App Connect, configuring polled events to trigger flows",
            "https://www.ibm.com/docs/en/ace-ipaas?topic=tutorials-configuring-polled-events-trigger-flows",
        ),
    ),
    Feature(
        "times",
        "time of a record's last change",
        "modified: $.modified",
        given=lambda role, target: role.modified,
        optional=Reason(
            "A mark may be any value that grows, and need not be a time",
            "Mule SDK, polling sources",
            "https://docs.mulesoft.com/mule-sdk/latest/polling-sources",
        ),
    ),
    Feature(
        "time_marks",
        "time that serves as a mark",
        "modified: $.modified, without poll.mark",
        given=lambda role, target: role.modified and (role.poll is None or not role.poll.has_marks),
        part_of="times",
        denied=lambda role: "poll.mark" if role.poll is not None and role.poll.has_marks else "",
    ),
    Feature(
        "windows",
        "end of a poll's window",
        "poll.query: {since: '{since}', until: '{until}'}",
        given=lambda role, target: role.poll is not None and role.poll.has("until"),
        optional=Reason(
            "How lists are filtered is left to the server", "JSON:API, Filtering", f"{_JSON_API}fetching-filtering"
        ),
        part_of="polling",
    ),
    Feature(
        "page_sizes",
        "choice of a page's size",
        "poll.query: {since: '{since}', limit: '{size}'}",
        given=lambda role, target: role.poll is not None and role.poll.has("size"),
        optional=Reason(
            "Whether and how a list comes in pages is left to the server",
            "JSON:API, Pagination",
            f"{_JSON_API}fetching-pagination",
        ),
        part_of="polling",
    ),
    Feature(
        "ties",
        "time that several records share",
        optional=Reason(
            "A mark may be any value that grows, so each change may have one of its own",
            "Mule SDK, polling sources",
            "https://docs.mulesoft.com/mule-sdk/latest/polling-sources",
        ),
        part_of="polling",
    ),
    Feature(
        "deleted_records",
        "deleted record in a poll",
        "poll: {deletes: shown}",
        given=lambda role, target: role.poll is not None and role.poll.deletes == "shown",
        optional=Reason(
            "A list of what is there need not show what is gone",
            "RFC 9110, 15.5.11 410 Gone",
            f"{RFC9110}15.5.11",
        ),
        part_of="polling",
    ),
    Feature(
        "transactions",
        "transaction that is held open",
        "transactions: {begin: {path: …}, commit: {path: …}, header: X-Transaction}",
        given=lambda role, target: role.transactions,
        optional=Reason(
            "A request is understood by itself: nothing has a server hold the writes of several requests open",
            "RFC 9110, 3.3 Connections, Clients, and Servers",
            f"{RFC9110}3.3",
        ),
    ),
)
