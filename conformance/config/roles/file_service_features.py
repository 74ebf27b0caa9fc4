"""What a file service may have or lack."""

from conformance.config.roles.feature import Feature, Reason
from conformance.config.roles.shared_features import METHODS, READ_CREDENTIALS, RFC9110, credentials

FEATURES = (
    Feature(
        "openapi",
        "OpenAPI document",
        "spec: openapi.yaml, with base_url and operations",
        given=lambda role, target: role.spec,
        optional=Reason(
            "The document is what External Services registers; a service that is reached in another way needs none",
            "Salesforce Help, External Services: Schema Definition",
            "https://help.salesforce.com/s/articleView?id=platform.external_services_schema_def_definition.htm&type=5",
        ),
    ),
    Feature(
        "operations",
        "operations of the document",
        "operations: {upload: …, download: …, delete: …}",
        given=lambda role, target: role.operations,
        part_of="openapi",
    ),
    credentials("credentials of callers", "access: {api_key: {header: X-Api-Key, value: ${FILES_KEY}}}"),
    READ_CREDENTIALS,
    Feature("deletion", "deletion of files", optional=METHODS, undoes=True),
    Feature(
        "posted_files",
        "files under ids that the service makes",
        "create: {url: https://…}, or operations: {create: …}",
        given=lambda role, target: role.posts,
        optional=METHODS,
    ),
    Feature(
        "entity_tags",
        "ETag of downloads",
        optional=Reason("An entity tag is recommended and not required", "RFC 9110, 8.8.3 ETag", f"{RFC9110}8.8.3"),
    ),
    Feature(
        "modification_dates",
        "Last-Modified of downloads",
        optional=Reason(
            "A modification date is recommended where a server can tell it, and not required",
            "RFC 9110, 8.8.2 Last-Modified",
            f"{RFC9110}8.8.2",
        ),
    ),
    Feature(
        "content_disposition",
        "Content-Disposition of downloads",
        optional=Reason(
            "A server may give a download a name, and need not",
            "RFC 6266, 4 Header Field Definition",
            "https://www.rfc-editor.org/rfc/rfc6266#section-4",
        ),
    ),
    Feature(
        "names_of_any_text",
        "file with a name of any text",
        "names: any",
        given=lambda role, target: role.names == "any",
        denied=lambda role: "" if role.names == "any" else f"names: {role.names}",
    ),
    Feature(
        "overwriting",
        "file that is overwritten",
        "names: any",
        given=lambda role, target: role.names != "digest",
        denied=lambda role: "names: digest" if role.names == "digest" else "",
    ),
    Feature(
        "further_media_types",
        "further media type of files",
        "media_types: [image/png, application/pdf]",
        given=lambda role, target: role.media_types,
        optional=Reason(
            "A server may refuse or change what does not fit its resource, and so keep one media type alone",
            "RFC 9110, 9.3.4 PUT",
            f"{RFC9110}9.3.4",
        ),
    ),
    Feature(
        "text_types",
        "media type of text",
        "media_types: [text/plain]",
        given=lambda role, target: any(name.startswith("text/") for name in role.media_types),
        optional=Reason(
            "A server may refuse or change what does not fit its resource, and so take no text",
            "RFC 9110, 9.3.4 PUT",
            f"{RFC9110}9.3.4",
        ),
        part_of="further_media_types",
    ),
    Feature(
        "refused_media_type",
        "media type that is refused",
        "refused_media_type: text/html",
        given=lambda role, target: role.refused_media_type,
        optional=Reason(
            "A server decides which media types it takes, and may take them all",
            "RFC 9110, 15.5.16 415 Unsupported Media Type",
            f"{RFC9110}15.5.16",
        ),
    ),
    Feature(
        "size_limit",
        "size from which on files are refused",
        "refused_bytes: 16000001",
        given=lambda role, target: role.refused_bytes,
        optional=Reason(
            "A server decides how much content it takes",
            "RFC 9110, 15.5.14 413 Content Too Large",
            f"{RFC9110}15.5.14",
        ),
    ),
)
