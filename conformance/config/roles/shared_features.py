"""What roles of several kinds may have or lack."""

from conformance.config.roles.feature import Feature, Reason

RFC9110 = "https://www.rfc-editor.org/rfc/rfc9110#section-"
METHODS = Reason("Every method but GET and HEAD is optional", "RFC 9110, 9.1 Methods, Overview", f"{RFC9110}9.1")

READ_CREDENTIALS = Feature(
    "read_credentials",
    "credentials for reading",
    optional=Reason(
        "A server protects the resources that it chooses, and may let everybody read",
        "RFC 9110, 11.5 Establishing a Protection Space",
        f"{RFC9110}11.5",
    ),
    part_of="credentials",
)

OTHER_ORGS = Feature(
    "other_orgs",
    "other org",
    "foreign_token: ${OTHER_ORG_TOKEN}",
    given=lambda role, target: role.foreign_token,
    optional=Reason(
        "A server may issue tokens for several resource servers, and so also for one alone",
        "RFC 6749, 1.1 Roles",
        "https://www.rfc-editor.org/rfc/rfc6749#section-1.1",
    ),
    everywhere=True,
)

CLOCK = Feature(
    "clock",
    "clock that can be moved",
    "capabilities.clock: https://…",
    given=lambda role, target: target.capabilities.clock,
)


def credentials(what: str, line: str) -> Feature:
    """Credentials that callers need.

    Args:
        what: whose they are, as in `Feature`.
        line: the line that declares them.
    """
    return Feature(
        "credentials",
        what,
        line,
        given=lambda role, target: not role.access.is_anonymous,
        optional=Reason(
            "HTTP has a framework for authentication, and leaves it to a server whether it asks for credentials",
            "RFC 9110, 11.1 Authentication Scheme",
            f"{RFC9110}11.1",
        ),
    )
