"""What a token endpoint may have or lack."""

from typing import Any
from urllib.parse import quote_plus

from conformance.config.roles.feature import Feature, Reason

_RFC6749 = "https://www.rfc-editor.org/rfc/rfc6749#section-"


def _has_reserved_characters(role: Any) -> bool:
    """Whether form encoding changes the id or the secret of one of the clients."""
    clients = [client for client in (role, role.second_client) if client is not None and client.client_secret]
    texts = [f"{client.client_id}{client.client_secret.reveal()}" for client in clients]
    return any(quote_plus(text) != text for text in texts)


FEATURES = (
    Feature(
        "client_secret",
        "client secret",
        "client_secret: ${CLIENT_SECRET}",
        given=lambda role, target: role.client_secret,
        optional=Reason(
            "A server takes whatever form of client authentication meets its needs, such as signed assertions alone",
            "RFC 6749, 2.3 Client Authentication",
            f"{_RFC6749}2.3",
        ),
    ),
    Feature(
        "reserved_characters",
        "client with reserved characters in its id or secret",
        "second_client: {client_id: …, client_secret: ${OTHER_SECRET}}",
        given=lambda role, target: _has_reserved_characters(role),
        optional=Reason(
            "The server makes the ids of its clients, and decides what they look like",
            "RFC 6749, 2.2 Client Identifier",
            f"{_RFC6749}2.2",
        ),
        part_of="client_secret",
    ),
    Feature(
        "assertions",
        "client that signs assertions",
        "further_methods: [private_key_jwt], and private_key: file:key.pem",
        given=lambda role, target: any(method.endswith("_jwt") for method in role.methods),
        optional=Reason(
            "A server takes whatever form of client authentication meets its needs, such as secrets alone",
            "RFC 6749, 2.3 Client Authentication",
            f"{_RFC6749}2.3",
        ),
    ),
    Feature(
        "second_client",
        "second client",
        "second_client: {client_id: …, client_secret: ${OTHER_SECRET}}",
        given=lambda role, target: role.second_client,
        optional=Reason(
            "How clients come to be registered, and so how many there are, is left to the server",
            "RFC 6749, 2 Client Registration",
            f"{_RFC6749}2",
        ),
    ),
    Feature(
        "scopes",
        "scopes",
        optional=Reason(
            "The parameter scope is optional, and a server may ignore it",
            "RFC 6749, 3.3 Access Token Scope",
            f"{_RFC6749}3.3",
        ),
    ),
    Feature(
        "wanted_scopes",
        "scopes to ask for",
        "scopes: [accounts.read]",
        given=lambda role, target: role.scopes,
        part_of="scopes",
    ),
    Feature(
        "audiences",
        "audience of tokens",
        "audience: https://api.example.com",
        given=lambda role, target: role.audience,
        optional=Reason(
            "Tokens for one audience are an extension, which the server of a single API can do without",
            "RFC 8707, 1 Introduction",
            "https://www.rfc-editor.org/rfc/rfc8707#section-1",
        ),
    ),
    Feature(
        "audience_parameter",
        "parameter that chooses the audience",
        "audience_parameter: audience",
        given=lambda role, target: role.audience_parameter,
        optional=Reason(
            "A server that is not asked for an audience may decide on one by itself",
            "RFC 8707, 2 Resource Parameter",
            "https://www.rfc-editor.org/rfc/rfc8707#section-2",
        ),
        part_of="audiences",
    ),
    Feature(
        "required_audience",
        "required audience",
        "audience_required: true",
        given=lambda role, target: role.audience_required,
        optional=Reason(
            "A client may leave the parameter out, and a server may then decide on an audience by itself",
            "RFC 8707, 2 Resource Parameter",
            "https://www.rfc-editor.org/rfc/rfc8707#section-2",
        ),
        part_of="audience_parameter",
    ),
    Feature(
        "custom_parameters",
        "required parameter of the server's own",
        "parameters: {query: {api-version: '1'}, required: true}",
        given=lambda role, target: (
            role.parameters.required and (role.parameters.body or role.parameters.header or role.parameters.query)
        ),
        optional=Reason(
            "Further parameters of the token endpoint are an extension",
            "RFC 6749, 8.2 Defining New Endpoint Parameters",
            f"{_RFC6749}8.2",
        ),
    ),
    Feature(
        "protected_resource",
        "protected resource",
        "resource_url: https://…",
        given=lambda role, target: role.resource_url,
        optional=Reason(
            "The resource server may be a separate system, which is not part of this target",
            "RFC 6749, 1.1 Roles",
            f"{_RFC6749}1.1",
        ),
    ),
    Feature(
        "other_resource",
        "resource of another audience",
        "other_resource_url: https://…",
        given=lambda role, target: role.other_resource_url,
        optional=Reason(
            "A server may issue tokens for several resource servers, and so also for one alone",
            "RFC 6749, 1.1 Roles",
            f"{_RFC6749}1.1",
        ),
        part_of="protected_resource",
    ),
    Feature(
        "jwt_access_tokens",
        "access token in the form of a JWT",
        optional=Reason(
            "A token may be an identifier that says nothing by itself",
            "RFC 6749, 1.4 Access Token",
            f"{_RFC6749}1.4",
        ),
    ),
    Feature(
        "published_keys",
        "address of the keys that sign tokens",
        "jwks_url: https://…",
        given=lambda role, target: role.jwks_url,
        found=lambda role: role.issuer,
        part_of="jwt_access_tokens",
    ),
    Feature(
        "introspection",
        "introspection of tokens",
        "introspection_url: https://…",
        given=lambda role, target: role.introspection_url,
        found=lambda role: role.issuer,
        optional=Reason(
            "Introspection is an extension of OAuth; resource servers may look into tokens in other ways",
            "RFC 7662, 1 Introduction",
            "https://www.rfc-editor.org/rfc/rfc7662#section-1",
        ),
    ),
    Feature(
        "revocation",
        "revocation of tokens",
        "revocation_url: https://…",
        given=lambda role, target: role.revocation_url,
        found=lambda role: role.issuer,
        optional=Reason(
            "Revocation is an extension of OAuth, and asks for refresh tokens first of all",
            "RFC 7009, 2 Token Revocation",
            "https://www.rfc-editor.org/rfc/rfc7009#section-2",
        ),
    ),
    Feature(
        "user_token",
        "token of a user",
        "user_token: ${USER_TOKEN}",
        given=lambda role, target: role.user_token,
        optional=Reason(
            "With this grant a client acts on its own behalf, and a server may serve no users at all",
            "RFC 6749, 4.4 Client Credentials Grant",
            f"{_RFC6749}4.4",
        ),
    ),
    Feature(
        "metadata",
        "metadata of the server",
        "issuer: https://…",
        given=lambda role, target: role.issuer,
        optional=Reason(
            "How clients learn where the token endpoint is, is left open; the server's documentation may say it",
            "RFC 6749, 3.2 Token Endpoint",
            f"{_RFC6749}3.2",
        ),
    ),
    Feature(
        "login_host",
        "general login host",
        "login_url: https://login.salesforce.com/services/oauth2/token",
        given=lambda role, target: role.login_url,
        optional=Reason(
            "Only Salesforce has a login host beside the hosts of its orgs; a server needs one token endpoint",
            "RFC 6749, 3.2 Token Endpoint",
            f"{_RFC6749}3.2",
        ),
        everywhere=True,
    ),
    Feature(
        "run_as_user",
        "run-as user",
        "client_without_user: {client_id: …, client_secret: ${OTHER_SECRET}}",
        given=lambda role, target: role.client_without_user,
        optional=Reason(
            "With this grant a client acts on its own behalf; only Salesforce has it act as a user",
            "RFC 6749, 4.4 Client Credentials Grant",
            f"{_RFC6749}4.4",
        ),
        everywhere=True,
    ),
)
