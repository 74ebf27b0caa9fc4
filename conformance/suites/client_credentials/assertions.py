"""Signed assertions by which a client proves who it is (RFC 7523), good ones and forged ones."""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OctKey, RSAKey

from conformance.redaction import Secret
from conformance.rules.outcome import NotTested

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.config.roles import Authentication, TokenEndpoint

LIFETIME = 60
CLIENT_AUTHENTICATION = "client-authentication+jwt"


@dataclass(frozen=True, slots=True)
class Forgery:
    """An assertion that proves nothing, and why."""

    why: str
    assertion: Secret

    def __str__(self) -> str:
        return self.why


class Assertions:
    """Makes the assertions of one client.

    Args:
        role: what the target file says about the client.
        audience: for whom assertions are meant: the token endpoint, unless the target file says otherwise.
    """

    def __init__(self, role: TokenEndpoint, audience: str) -> None:
        self._role = role
        self._audience = role.assertion_audience or audience

    def make(self, method: Authentication, **changes: object) -> Secret:
        """A good assertion, or one with changed claims."""
        key, algorithm = self._key_of(method)
        return self._signed(key, algorithm, self._claims() | changes)

    def for_the_issuer(self, method: Authentication, issuer: str) -> Secret:
        """An assertion that names the issuer alone as its audience, and its own type."""
        key, algorithm = self._key_of(method)
        return self._signed(key, algorithm, self._claims() | {"aud": issuer}, typ=CLIENT_AUTHENTICATION)

    def forgeries(self) -> Iterator[Forgery]:
        """Assertions that no server may take, as far as the client's keys let us make them."""
        yield Forgery("signed with a key that nobody knows", self._signed(ECKey.generate_key("P-256"), "ES256"))
        yield Forgery("signed with another secret", self._signed(OctKey.generate_key(512), "HS256"))
        yield Forgery("not signed at all", self._unsigned())
        for method in self._role.methods:
            if method in ("private_key_jwt", "client_secret_jwt"):
                ended = int(time.time()) - 3600
                yield Forgery(f"past its time ({method})", self.make(method, iat=ended - LIFETIME, exp=ended))
                other = "https://another.example.com/token"
                yield Forgery(f"for another server ({method})", self.make(method, aud=other))
                yield Forgery(f"of another client ({method})", self.make(method, iss="another", sub="another"))

    def _claims(self) -> dict[str, Any]:
        now = int(time.time())
        client = self._role.client_id
        about = {"iss": client, "sub": client, "aud": self._audience, "jti": uuid4().hex}
        return {**about, "iat": now, "exp": now + LIFETIME}

    def _signed(self, key: Any, algorithm: str, claims: dict[str, Any] | None = None, typ: str = "JWT") -> Secret:
        header = {"alg": algorithm, "typ": typ}
        if not algorithm.startswith("HS"):
            header |= {"kid": self._role.key_id} if self._role.key_id else {}
            header |= {"x5t#S256": thumbprint(self._role.certificate)} if self._role.certificate else {}
        return Secret(jwt.encode(header, claims or self._claims(), key, algorithms=[algorithm]), "assertion")

    def _unsigned(self) -> Secret:
        parts = ({"alg": "none", "typ": "JWT"}, self._claims())
        encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
        return Secret(".".join((*encoded, "")), "assertion")

    def _key_of(self, method: Authentication) -> tuple[Any, str]:
        role = self._role
        if method == "client_secret_jwt" and role.client_secret is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a short secret is the target's affair
                return OctKey.import_key(role.client_secret.reveal()), "HS256"
        if role.private_key is None:
            raise NotTested("the client has no key to sign with", "token_endpoint.private_key: file:key.pem")
        return _imported(role.private_key.reveal(), role.signing_algorithm), role.signing_algorithm


def thumbprint(certificate: Path) -> str:
    """The SHA-256 thumbprint of a certificate as RFC 7515, section 4.1.8, writes it.

    Raises:
        NotTested: the file holds no certificate.
    """
    try:
        der = ssl.PEM_cert_to_DER_cert(certificate.read_text("ascii").strip())
    except (OSError, ValueError):
        told = "the certificate cannot be read as PEM"
        raise NotTested(told, "token_endpoint.certificate: certificate.pem") from None
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).decode().rstrip("=")


def _imported(text: str, algorithm: str) -> Any:
    try:
        if text.lstrip().startswith("{"):
            return JWKRegistry.import_key(json.loads(text))
        return (ECKey if algorithm.startswith("ES") else RSAKey).import_key(text)
    except (JoseError, ValueError, TypeError, KeyError):
        raise NotTested(
            f"the private key is neither PEM nor JWK for {algorithm}", "token_endpoint.signing_algorithm: ES256"
        ) from None
