"""Glewlwyd of the system's packages, set up through its own interface for administrators."""

from __future__ import annotations

import http.cookiejar
import json
import shutil
import sqlite3
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from joserfc.jwk import RSAKey

from tests.interop.servers import CLIENT_SECRET, SECOND_SECRET, free_port, is_missing, wait_for

TABLES = Path("/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3")
MODULES = Path("/usr/lib/glewlwyd")
ADMINISTRATOR = {"username": "admin", "password": "password"}  # as the package makes it
CONFIGURATION = """port={port}
bind_address="127.0.0.1"
external_url="{address}"
login_url="login.html"
api_prefix="api"
log_mode="console"
log_level="ERROR"
session_expiration=3600
session_key="SESSION"
admin_scope="g_admin"
profile_scope="g_profile"
admin_session_authentication="cookie"
profile_session_authentication="cookie"
login_api_enabled=true
user_module_path="{modules}/user"
client_module_path="{modules}/client"
user_auth_scheme_module_path="{modules}/scheme"
plugin_module_path="{modules}/plugin"
hash_algorithm="SHA512"
database = {{ type = "sqlite3"; path = "{database}"; }};
"""


@contextmanager
def glewlwyd(folder: Path) -> Iterator[str]:
    """Glewlwyd with two clients and its plugin for OpenID Connect, in a folder. Gives its issuer."""
    program = shutil.which("glewlwyd")
    if program is None or not TABLES.exists():
        is_missing("glewlwyd")
    port, database = free_port(), folder / "database"
    address = f"http://127.0.0.1:{port}"
    with closing(sqlite3.connect(database)) as made:
        made.executescript(TABLES.read_text("utf-8"))
    configuration = folder / "glewlwyd.conf"
    configuration.write_text(
        CONFIGURATION.format(port=port, address=address, modules=MODULES, database=database), "utf-8"
    )
    log, command = folder / "log.txt", [program, f"--config-file={configuration}"]
    with log.open("w") as output, subprocess.Popen(command, cwd=folder, stdout=output, stderr=output) as process:
        try:
            wait_for(f"{address}/config", process, log)
            _set_up(f"{address}/api")
            yield f"{address}/api/oidc"
        finally:
            process.kill()


def _set_up(api: str) -> None:
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def post(path: str, body: dict[str, object]) -> None:
        headers = {"Content-Type": "application/json"}
        browser.open(urllib.request.Request(f"{api}{path}", json.dumps(body).encode(), headers)).close()

    post("/auth/", {**ADMINISTRATOR})
    scopes = ["accounts.read", "api"]
    for scope in scopes:
        post("/scope/", {"name": scope, "display_name": scope, "password_required": False, "scheme": {}})
    for client_id, secret in (("accounts-client", CLIENT_SECRET), ("second client:1", SECOND_SECRET)):
        client = {"client_id": client_id, "name": client_id, "client_secret": secret, "password": secret}
        methods = {"token_endpoint_auth_method": ["client_secret_basic", "client_secret_post"]}
        grants = {"authorization_type": ["client_credentials"], "scope": scopes}
        post("/client/", {"enabled": True, "confidential": True, **client, **methods, **grants})
    key = RSAKey.generate_key(2048)
    given = {
        "iss": f"{api}/oidc",
        "jwt-type": "rsa",
        "jwt-key-size": "256",
        "key": key.as_pem(private=True).decode(),
        "cert": key.as_pem(private=False).decode(),
        "access-token-duration": 3600,
        "refresh-token-duration": 3600,
        "code-duration": 600,
        "allow-non-oidc": True,
        "introspection-revocation-allowed": True,
        "introspection-revocation-allow-target-client": True,
    }
    ways = ("code", "token", "id-token", "none", "password", "client", "refresh")
    allowed = {f"auth-type-{way}-enabled": way == "client" for way in ways}
    plugin = {"module": "oidc", "name": "oidc", "display_name": "oidc", "enabled": True}
    post("/mod/plugin/", {**plugin, "parameters": {**given, **allowed}})
