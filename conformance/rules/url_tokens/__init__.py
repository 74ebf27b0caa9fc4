"""Credentials in URLs: what is a leak, what is a warning, and what is neither.

The package takes bytes and knows no HTTP library, so that live traffic, captures, logs, collections and specifications
are judged alike.
"""

from conformance.rules.url_tokens.correlation import MOST_MARKS, Marks
from conformance.rules.url_tokens.detector import Detector
from conformance.rules.url_tokens.finding import RULES, Finding, Level, fingerprint, key_of
from conformance.rules.url_tokens.masking import leaked, redacted_url

__all__ = [
    "MOST_MARKS",
    "RULES",
    "Detector",
    "Finding",
    "Level",
    "Marks",
    "fingerprint",
    "key_of",
    "leaked",
    "redacted_url",
]
