"""What a client may do or leave alone, with the sentences that make it optional."""

from conformance.config.roles.feature import Feature, Reason

_SINGLE_ACCESS = Reason(
    "The endpoint turns an access token into a session of the user interface, which most integrations never need",
    "Salesforce Help, Generate a Frontdoor URL to Bridge into UI Sessions",
    "https://help.salesforce.com/s/articleView?id=xcloud.frontdoor_singleaccess.htm&type=5",
)
_RENEWAL = Reason(
    "A client may do its work with the token that it was given: a server need not issue refresh tokens",
    "RFC 6749, section 1.5",
    "https://www.rfc-editor.org/rfc/rfc6749#section-1.5",
)
_REVOCATION = Reason(
    "A client may let its token end by itself: an authorization server may offer revocation, and a client may use it",
    "RFC 7009, section 2",
    "https://www.rfc-editor.org/rfc/rfc7009#section-2",
)
_PARAMETERS = Reason(
    "Custom request parameters are added where an identity provider asks for them",
    "Salesforce Help, Create or Edit an External Auth Identity Provider",
    "https://help.salesforce.com/s/articleView?id=xcloud.nc_create_edit_external_auth_identity_provider.htm&language=en_US&type=5",
)
_DELETION = Reason(
    "Staged and rotated credentials end by themselves after 30 days, so nothing has to delete them",
    "Connect REST API, Staged Credentials",
    "https://developer.salesforce.com/docs/atlas.en-us.chatterapi.meta/chatterapi/connect_responses_app_oauth_staged_credentials.htm",
)
_DOWNLOADS = Reason(
    "A service may have operations for uploads, for downloads, or for both, and so may what calls it",
    "Salesforce Help, External Services Schema Definition",
    "https://help.salesforce.com/apex/HTViewHelpDoc?id=platform.external_services_schema_def_definition.htm",
)

FEATURES = (
    Feature("single_access", "call of single access", optional=_SINGLE_ACCESS),
    Feature("renewal", "request for a token", optional=_RENEWAL),
    Feature("revocation", "revocation, introspection or user info request", optional=_REVOCATION),
    Feature("parameters", "custom parameter of token requests", optional=_PARAMETERS),
    Feature("former_pair_deletion", "deletion of a former pair", optional=_DELETION),
    Feature("downloads", "download of a file", optional=_DOWNLOADS),
)
"""What a client may be without. Nothing has to be declared: the suite sees what the client does."""
