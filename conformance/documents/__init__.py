"""YAML and JSON that somebody wrote, read once and in one way: values with their lines, and every problem at once."""

from conformance.documents.location import Location
from conformance.documents.reading import (
    MAX_BYTES,
    Document,
    Problem,
    UsageProblem,
    check,
    content_of,
    did_you_mean,
    load,
    nearest,
    parse,
    read,
)

__all__ = [
    "MAX_BYTES",
    "Document",
    "Location",
    "Problem",
    "UsageProblem",
    "check",
    "content_of",
    "did_you_mean",
    "load",
    "nearest",
    "parse",
    "read",
]
