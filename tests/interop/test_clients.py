"""The suites of clients against libraries that nobody here wrote: the exact set of what is not a pass."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import yaml

from conformance.rules.outcome import Outcome
from tests.interop.servers import installed_by_npm, installed_by_pip
from tests.suite import Result, run_suite

pytestmark = pytest.mark.proves("clients")

SCRIPTS = Path(__file__).parent / "clients"

PYTHON = (
    "requests-oauthlib==2.0.0 simple-salesforce==1.12.10 Authlib==1.9.9 requests-oauth2client==1.8.0"
    " google-auth==2.62.0 requests-toolbelt==1.0.0"
)
ALONE = {
    "aiosalesforce": "aiosalesforce==0.6.2",
    "dlt": "dlt==1.31.0",
    "httpie": "httpie==3.2.4",
    "airbyte": "airbyte-cdk==7.39.1",
    "singer": "singer-sdk==0.54.9",
    "aiopenapi3": "aiopenapi3==0.11.0",
    "bravado": "bravado==12.0.1",
}
"""What has an environment of its own."""

NODE = (
    "jsforce@3.10.16 simple-oauth2@5.1.0 oauth4webapi@3.8.8 openid-client@6.9.0 @badgateway/oauth2-client@3.3.1"
    " client-oauth2@4.3.3 oauth@0.10.2 @azure/msal-node@7.2.3 needle@3.5.0 got@14.6.6"
    " google-auth-library@10.9.1"
)

NO_SINGLE_ACCESS = dict.fromkeys(("TIU-03", "TIU-04", "TIU-05", "TIU-13"), Outcome.NOT_TESTED)
NO_TOKEN_SERVICES = {"TIU-06": Outcome.NOT_TESTED}
CREATES_NOTHING = {"TIU-14": Outcome.NOT_TESTED}
REPEATS_THE_FORM = {"CCC-14": Outcome.WARNED}
"""Where the token endpoint redirects to another origin."""

NEVER_RENEWS = {"CCC-04": Outcome.DIFFERS, "CCC-05": Outcome.NOT_TESTED}
"""A plain script asks for one token and goes on with it; nothing in these libraries looks at a 401 of the API."""

NO_PARAMETERS = dict.fromkeys(("CCC-01", "CCC-05"), Outcome.NOT_TESTED)
ENCODES_NOTHING = {"CCC-12": Outcome.WARNED}
BY_FORM_ALONE = {"CCC-12": Outcome.NOT_TESTED}

EXPECTED: dict[str, dict[str, Outcome]] = {
    "simple_salesforce": {
        **NO_SINGLE_ACCESS,
        **NO_TOKEN_SERVICES,
        **CREATES_NOTHING,
        "TIU-15": Outcome.NOT_TESTED,
    },
    "jsforce": {
        **NO_SINGLE_ACCESS,
        **NO_TOKEN_SERVICES,
        **CREATES_NOTHING,
        "TIU-07": Outcome.DIFFERS,
        "TIU-10": Outcome.WARNED,
    },
    "requests_oauthlib": {**NEVER_RENEWS, **ENCODES_NOTHING},
    "authlib": {**NEVER_RENEWS, **ENCODES_NOTHING, **REPEATS_THE_FORM},
    "requests_oauth2client": {**NEVER_RENEWS, **BY_FORM_ALONE, **REPEATS_THE_FORM},
    "simple_oauth2": {**NEVER_RENEWS, "CCC-08": Outcome.WARNED},
    "oauth4webapi": NEVER_RENEWS,
    "openid_client": NEVER_RENEWS,
    "badgateway": REPEATS_THE_FORM,
    "client_oauth2": {**NEVER_RENEWS, **ENCODES_NOTHING},
    "oauth": {**NEVER_RENEWS, **BY_FORM_ALONE, "CCC-13": Outcome.FAILED},
    "msal_node": {**NEVER_RENEWS, **BY_FORM_ALONE, **NO_PARAMETERS, **REPEATS_THE_FORM},
    "google_auth": {
        **NO_SINGLE_ACCESS,
        **NO_TOKEN_SERVICES,
        **CREATES_NOTHING,
        "TIU-07": Outcome.DIFFERS,
        "TIU-15": Outcome.WARNED,
    },
    "google_auth_library": {
        **NO_SINGLE_ACCESS,
        **CREATES_NOTHING,
        "TIU-01": Outcome.FAILED,
        "TIU-06": Outcome.WARNED,
        "TIU-07": Outcome.DIFFERS,
        "TIU-15": Outcome.WARNED,
    },
    "needle": {"FIC-01": Outcome.FAILED},
    "got": {"FIC-04": Outcome.WARNED},
    "requests_toolbelt": {},
    "wget": {"FIC-03": Outcome.WARNED},
    "curl": {},
    "httpie": {},
    "aiosalesforce": {
        **NO_SINGLE_ACCESS,
        **NO_TOKEN_SERVICES,
        **BY_FORM_ALONE,
        **NO_PARAMETERS,
        **CREATES_NOTHING,
        "TIU-10": Outcome.WARNED,
        "CCC-16": Outcome.WARNED,
    },
    "dlt": {},
    "airbyte": {"PCX-06": Outcome.DIFFERS},
    "singer": {"PCX-06": Outcome.DIFFERS},
    "aiopenapi3": {},
    "bravado": {},
    "jsforce_rotation": {
        "ROC-01": Outcome.NOT_TESTED,
        **dict.fromkeys(("ROC-02", "ROC-06", "ROC-08"), Outcome.DIFFERS),
    },
}
"""docs/interop.md says why."""

BY_HTTPS = ("simple_salesforce", "requests_oauth2client", "msal_node")
"""They know no other scheme."""

VARIABLES = {
    "requests_oauthlib": {"OAUTHLIB_INSECURE_TRANSPORT": "1"},
    "authlib": {"AUTHLIB_INSECURE_TRANSPORT": "1"},
    "dlt": {"RUNTIME__DLTHUB_TELEMETRY": "false"},  # it tells its makers of each run otherwise
}
ROLES = {
    "simple_salesforce": ["api_client"],
    "jsforce": ["api_client"],
    "google_auth": ["api_client"],
    "google_auth_library": ["api_client"],
    "curl": ["file_client"],
    "needle": ["file_client"],
    "got": ["file_client"],
    "requests_toolbelt": ["file_client"],
    "wget": ["file_client"],
    "httpie": ["file_client"],
    "aiosalesforce": ["api_client", "token_client"],
    "dlt": ["polling_client"],
    "airbyte": ["polling_client"],
    "singer": ["polling_client"],
    "aiopenapi3": ["file_client"],
    "bravado": ["file_client"],
    "jsforce_rotation": ["rotation_client"],
}
CHOSEN = dict.fromkeys(("airbyte", "singer"), ("PCX-01", "PCX-02", "PCX-03", "PCX-04", "PCX-06", "PCX-08", "PCX-09"))
"""Each of their runs takes more than a second; PCX-05 and PCX-07, which take some forty, were tried by hand."""

HOSTS = {"aiosalesforce": ["acme.my.salesforce.com"]}
"""They take no other hosts."""


def command_of(name: str) -> list[str]:
    """The command that runs a client, whose library is installed first."""
    [script] = SCRIPTS.glob(f"{name}_client.*")
    match script.suffix:
        case ".py":
            return [str(installed_by_pip(ALONE.get(name, PYTHON))), str(script)]
        case ".mjs":
            if not (shutil.which("node") and shutil.which("npm")):
                pytest.skip("Node and npm are missing: install them for the interop tests")
            # A module finds its packages from where it lies.
            placed = installed_by_npm(NODE) / script.name
            placed.write_text(script.read_text("utf-8"), "utf-8")
            return ["node", str(placed)]
    if name in ALONE:
        found = installed_by_pip(ALONE[name]).parent
        return ["env", f"PATH={found}:{os.environ['PATH']}", "sh", str(script)]
    if shutil.which(name) is None:
        pytest.skip(f"{name} is missing: install it for the interop tests")
    return ["sh", str(script)]


def judged(folder: Path, name: str) -> Result:
    """Judge one client."""
    client = {
        "command": command_of(name),
        "roles": ROLES.get(name, ["token_client"]),
        "reaches": "proxy" if name in HOSTS else "https" if name in BY_HTTPS else "http",
        "hosts": HOSTS.get(name, []),
        "env": VARIABLES.get(name, {}),
        "timeout_seconds": 120 if name in ALONE else 20,
    }
    target = folder / "client.yaml"
    target.write_text(yaml.safe_dump({"name": "client", "client": client}), "utf-8")
    return run_suite(folder, "--target=client.yaml", *(f"--require={one}" for one in CHOSEN.get(name, ())))


@pytest.mark.parametrize("name", EXPECTED)
def test_a_client_that_nobody_here_wrote(name: str, tmp_path: Path) -> None:
    result = judged(tmp_path, name)

    assert "client" in result.outcomes, result.output
    found = {r: o for r, o in result.outcomes["client"].items() if o is not Outcome.PASSED}
    assert found == EXPECTED[name], result.messages
    assert "so what is fetched counts as handed over" not in " ".join(result.output.split())
