"""The roles that a target can play, as its file describes them: one class derived from `RoleModel` for each."""

from conformance.roles.access import Access, ApiKey, Basic
from conformance.roles.business_system import BusinessSystem, RecordField
from conformance.roles.file_service import Creation, FileService, Operations
from conformance.roles.model import RoleModel
from conformance.roles.single_access import SingleAccess
from conformance.roles.staged_credentials import StagedCredentials, SwitchedOff
from conformance.roles.token_endpoint import Authentication, ClientPair, CustomParameters, TokenEndpoint
from conformance.roles.tokens import TokenRequest, TokenSource

__all__ = [
    "Access",
    "ApiKey",
    "Authentication",
    "Basic",
    "BusinessSystem",
    "ClientPair",
    "Creation",
    "CustomParameters",
    "FileService",
    "Operations",
    "RecordField",
    "RoleModel",
    "SingleAccess",
    "StagedCredentials",
    "SwitchedOff",
    "TokenEndpoint",
    "TokenRequest",
    "TokenSource",
]
