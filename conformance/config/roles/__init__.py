"""The roles that a target can play, as its file describes them: one class derived from `RoleModel` for each."""

from conformance.config.roles.access import Access, ApiKey, Basic
from conformance.config.roles.business_system import BusinessSystem
from conformance.config.roles.client import Client
from conformance.config.roles.file_service import Begin, Creation, FileService, Operations
from conformance.config.roles.file_service_access import AwsKeys, FileAccess
from conformance.config.roles.model import RoleModel
from conformance.config.roles.record_fields import RecordField
from conformance.config.roles.single_access import SingleAccess
from conformance.config.roles.staged_credentials import StagedCredentials, SwitchedOff
from conformance.config.roles.token_endpoint import Authentication, ClientPair, CustomParameters, TokenEndpoint
from conformance.config.roles.tokens import TokenRequest, TokenSource

__all__ = [
    "Access",
    "ApiKey",
    "Authentication",
    "AwsKeys",
    "Basic",
    "Begin",
    "BusinessSystem",
    "Client",
    "ClientPair",
    "Creation",
    "CustomParameters",
    "FileAccess",
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
