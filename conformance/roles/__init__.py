"""The roles that a target can play, as its file describes them: one class derived from `RoleModel` for each."""

from conformance.roles.access import Access, ApiKey, Basic
from conformance.roles.business_system import BusinessSystem, RecordField
from conformance.roles.model import RoleModel
from conformance.roles.single_access import SingleAccess
from conformance.roles.token_endpoint import Authentication, ClientPair, CustomParameters, TokenEndpoint
from conformance.roles.tokens import TokenRequest, TokenSource

__all__ = [
    "Access",
    "ApiKey",
    "Authentication",
    "Basic",
    "BusinessSystem",
    "ClientPair",
    "CustomParameters",
    "RecordField",
    "RoleModel",
    "SingleAccess",
    "TokenEndpoint",
    "TokenRequest",
    "TokenSource",
]
