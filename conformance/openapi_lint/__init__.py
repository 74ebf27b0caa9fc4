"""Whether an OpenAPI document is one that Salesforce External Services registers, and what its operations become.

report = check_document(read_document("openapi.yaml"))
report.registers, report.findings, report.operations
"""

from conformance.documents.api_description import SourceDocument, parse_document, read_document
from conformance.openapi_lint.check import RULES, Becomes, LintFinding, Outlook, Report, check_document

__all__ = [
    "RULES",
    "Becomes",
    "LintFinding",
    "Outlook",
    "Report",
    "SourceDocument",
    "check_document",
    "parse_document",
    "read_document",
]
