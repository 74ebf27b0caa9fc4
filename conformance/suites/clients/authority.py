"""The certificate authority of a run, and the stranger's: no client was told to trust the second one."""

from __future__ import annotations

import atexit
import shutil
import ssl
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import trustme

from conformance.reference.server import HOST, OTHER_HOST

HOSTS = (HOST, OTHER_HOST, "localhost")
ANOTHER_HOST = "another.example.com"

VARIABLES = (
    "SSL_CERT_FILE",  # OpenSSL, Python, Ruby, Go
    "REQUESTS_CA_BUNDLE",  # requests
    "CURL_CA_BUNDLE",  # curl, requests
    "NODE_EXTRA_CA_CERTS",  # Node.js
    "AWS_CA_BUNDLE",  # the SDKs of AWS
    "DENO_CERT",  # Deno
)
"""What clients read to learn whom to trust; for all others there is `SEASONPROOF_CA_FILE`."""


@cache
def _authority() -> trustme.CA:
    return trustme.CA(organization_name="seasonproof, made up for one run")


def _stranger() -> trustme.CA:
    return trustme.CA(organization_name="a stranger")


@cache
def certificates() -> str:
    """The path of a file with the certificate of the authority, as PEM."""
    folder = tempfile.mkdtemp(prefix="seasonproof-authority-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder, "authority.pem")
    _authority().cert_pem.write_to_path(str(path))
    return str(path)


def signing(*, is_strange: bool = False) -> bytes:
    """The authority, or a stranger's, as PEM with its private key: for a proxy that makes certificates itself."""
    authority = _stranger() if is_strange else _authority()
    return authority.private_key_pem.bytes() + authority.cert_pem.bytes()


def trusted() -> ssl.SSLContext:
    """What serves with a certificate of the authority."""
    return _serving(_authority(), HOSTS)


def misnamed() -> ssl.SSLContext:
    """What serves with a certificate of the authority for another host."""
    return _serving(_authority(), (ANOTHER_HOST,))


def strange() -> ssl.SSLContext:
    """What serves with a certificate of somebody else, for the same hosts."""
    return _serving(_stranger(), HOSTS)


def _serving(authority: trustme.CA, hosts: Sequence[str]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*hosts).configure_cert(context)
    return context
