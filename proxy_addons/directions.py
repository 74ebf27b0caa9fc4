"""How to point a browser, curl, a JVM and the Salesforce CLI at the proxy, and how they trust its certificates."""

from __future__ import annotations

import shlex
from pathlib import Path


def directions(mode: str, host: str, port: int, ca: Path) -> list[str]:
    """Three lines that can be copied.

    Args:
        mode: mitmproxy's, such as `regular` or `reverse:https://acme.my.salesforce.com`.
        host: where the proxy listens.
        port: where the proxy listens.
        ca: the certificate of mitmproxy's own authority, as PEM.
    """
    kind, _, server = mode.partition(":")
    shown = f"[{host}]" if ":" in host else host
    address, pem = f"http://{shown}:{port}", shlex.quote(str(ca))
    imported = f"keytool -importcert -noprompt -alias mitmproxy -storepass changeit -keystore proxy.jks -file {pem}"
    trust = "-Djavax.net.ssl.trustStore=proxy.jks"
    if kind == "reverse":
        there = f"{address} stands for {server}"
        return [
            f"browser, curl   {there}: curl {address}/",
            f"JVM             {there}; as https://{shown}:{port} after: {imported}, with {trust}",
            f"Salesforce CLI  SF_ORG_INSTANCE_URL={address} NODE_EXTRA_CA_CERTS={pem} sf …",
        ]
    if kind == "local":
        return [
            f"browser, curl   nothing to set; trust {pem} (curl --cacert {pem})",
            f"JVM             {imported}; java {trust}",
            f"Salesforce CLI  NODE_EXTRA_CA_CERTS={pem} sf …",
        ]
    java = " ".join(f"-D{scheme}.proxyHost={host} -D{scheme}.proxyPort={port}" for scheme in ("http", "https"))
    return [
        f"browser, curl   proxy {address}; trust {pem} (or open http://mitm.it): curl -x {address} --cacert {pem} …",
        f"JVM             {imported}; java {java} {trust}",
        f"Salesforce CLI  HTTPS_PROXY={address} NODE_EXTRA_CA_CERTS={pem} sf …",
    ]
