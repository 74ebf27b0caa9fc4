"""What a single access endpoint may have or lack. An org of Salesforce lacks nothing of it."""

from conformance.config.roles.feature import Feature, Reason
from conformance.config.roles.shared_features import CLOCK, OTHER_ORGS
from conformance.config.roles.tokens import TokenRequest

FEATURES = (
    Feature(
        "revocation",
        "revocation of tokens",
        "token: {url: https://…, form: {…}} and single_access.revocation_url: https://…",
        given=lambda role, target: role.revocation_url and isinstance(role.token, TokenRequest),
        optional=Reason(
            "Revocation is an extension of OAuth, and asks for refresh tokens first of all",
            "RFC 7009, 2 Token Revocation",
            "https://www.rfc-editor.org/rfc/rfc7009#section-2",
        ),
        everywhere=True,
    ),
    Feature(
        "expiry",
        "end of a token's life",
        "expired_token: ${EXPIRED_TOKEN}, or capabilities.clock: https://…",
        given=lambda role, target: role.expired_token or target.capabilities.clock,
        optional=Reason(
            "A lifetime of tokens is recommended and not required",
            "RFC 6749, 5.1 Successful Response",
            "https://www.rfc-editor.org/rfc/rfc6749#section-5.1",
        ),
        everywhere=True,
    ),
    Feature(
        "scopes",
        "scopes",
        "token_without_web: ${API_ONLY_TOKEN}",
        given=lambda role, target: role.token_without_web,
        optional=Reason(
            "The parameter scope is optional, and a server may ignore it",
            "RFC 6749, 3.3 Access Token Scope",
            "https://www.rfc-editor.org/rfc/rfc6749#section-3.3",
        ),
        everywhere=True,
    ),
    OTHER_ORGS,
    CLOCK,
)
