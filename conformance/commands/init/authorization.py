"""The lines of a target file on an authorization server, with what a stranger can't see of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from conformance.commands.init.draft import Draft, secret

_AROUND = {"introspection_url": "introspection_endpoint", "revocation_url": "revocation_endpoint"}


def draft_of_token_endpoint(name: str, why: str, url: str, metadata: Mapping[str, object] | None = None) -> Draft:
    """The role of a token endpoint.

    Args:
        name: what the target will be called: its secrets are named after it.
        why: what shows it, in one sentence.
        url: where tokens are asked for.
        metadata: what the server says of itself (RFC 8414); None where none was found.
    """
    issuer = (metadata or {}).get("issuer")
    fields: dict[str, object] = {"url": url}
    fields |= {"issuer": issuer} if isinstance(issuer, str) else {}
    fields |= {"client_id": "the-client-id", "client_secret": secret(name, "client_secret")}
    methods = (metadata or {}).get("token_endpoint_auth_methods_supported")
    if isinstance(methods, list) and "client_secret_basic" not in methods and "client_secret_post" in methods:
        fields["authentication"] = "client_secret_post"
    return Draft("token_endpoint", why, fields, list(_what_is_open(metadata)))


def _what_is_open(metadata: Mapping[str, object] | None) -> Iterator[tuple[str, str]]:
    if metadata is None:
        yield "issuer: https://…", "No metadata was found (RFC 8414); if there is none: absent: [metadata]."
    for field, member in _AROUND.items():
        if metadata is None:
            yield f"{field}: https://…", f"Nor a place for {field.partition('_')[0]}; give it, or put it under absent."
        elif member not in metadata:
            yield f"{field}: https://…", f"The metadata has no {member}; give it here, or put it under absent."
    yield "scopes: [the-scope]", "Which scopes your client has is not to be seen from outside."
    yield "audience: https://api.example.com", "Nor whether tokens have an audience; if not: absent: [audiences]."
    yield "resource_url: https://…", "A resource that takes the tokens; if there is none: absent: [protected_resource]."
    yield (
        "second_client: {client_id: …, client_secret: ${…}}",
        "A client with reserved characters in id and secret; if none can have them: absent: [reserved_characters].",
    )
