"""What the resources for staged credentials may have or lack. An org of Salesforce lacks next to nothing of it."""

from conformance.config.roles.feature import Feature, Reason
from conformance.config.roles.shared_features import CLOCK, OTHER_ORGS

FEATURES = (
    Feature(
        "staging",
        "permission to stage pairs for a consumer that nobody needs",
        "capabilities: {disposable: true}",
        given=lambda role, target: target.capabilities.disposable,
    ),
    Feature(
        "delivery",
        "place for the new main pair of the app",
        "deliver_to: file:main-pair.json",
        given=lambda role, target: role.deliver_to or not target.source,  # the reference needs no delivery
    ),
    Feature(
        "permissions",
        "user who may not see credentials",
        "token_without_permission: ${TOKEN_WITHOUT_PERMISSION}",
        given=lambda role, target: role.token_without_permission,
    ),
    Feature(
        "setting",
        "org whose setting is off",
        "switched_off: {base_url: https://…, app: 0x…, consumer: 888…, token: ${TOKEN}}",
        given=lambda role, target: role.switched_off,
    ),
    OTHER_ORGS,
    Feature(
        "other_apps",
        "second app of the org",
        optional=Reason(
            "The list of apps has the apps that an org has, and an org may have one",
            "Connect REST API Developer Guide, OAuth Usage",
            "https://developer.salesforce.com/docs/atlas.en-us.chatterapi.meta/chatterapi/connect_resources_usage.htm",
        ),
    ),
    Feature(
        "entity_tags",
        "ETag of staged credentials",
        optional=Reason(
            "An entity tag is recommended and not required",
            "RFC 9110, 8.8.3 ETag",
            "https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3",
        ),
    ),
    CLOCK,
)
