"""The judgements by which faults of token clients are caught, by requirement."""

import shlex
import sys
from pathlib import Path

import pytest
import yaml

from conformance.rules.outcome import Outcome
from tests.proof.clients import ProofOfClients
from tests.suite import run_suite

pytestmark = pytest.mark.proves("clients")

JUDGEMENTS = {
    "CCC-01": "in-place:missing in-place:twice",
    "CCC-02": "one-way:in-url one-way:twice",
    "CCC-03": "form:media-type form:method form:value",
    "CCC-04": "keeps-its-token:on-403 renews:no-renewal renews:renewals",
    "CCC-05": "again:lost",
    "CCC-06": "understood",
    "CCC-07": "error-shown:silent no-call:called",
    "CCC-08": "no-secret-in-arguments:arguments no-secret-shown:output",
    "CCC-09": "understood",
    "CCC-10": "few-tries:storm",
    "CCC-11": "few-tokens:storm",
    "CCC-12": "encoded:others encoded:plain",
    "CCC-13": "tiu-01",
    "CCC-14": "stays:followed",
    "CCC-15": "no-stranger:misnamed no-stranger:strange",
    "CCC-16": "waits:early",
    "CCC-17": "few-tries:storm",
}


NEEDS_A_LIFETIME = """
import sys
from conformance.reference.clients.token import ClientCredentials, TokenClient

class Insists(ClientCredentials):
    def token_in(self, members):
        if "expires_in" not in members:
            raise OSError("the answer has no lifetime")
        return super().token_in(members)

class Client(TokenClient):
    tokens_of = Insists

sys.exit(Client().run())
"""


def test_a_client_that_can_do_nothing_at_an_org_fails_for_what_it_cannot_read(tmp_path: Path) -> None:
    """Salesforce says no lifetime, so the client works nowhere but where somebody says one."""
    (tmp_path / "client.py").write_text(NEEDS_A_LIFETIME, "utf-8")
    client = f"--client={shlex.join([sys.executable, 'client.py'])}"
    result = run_suite(tmp_path, client, "--client-role=token_client", "--require=CCC-06", "--require=CCC-09")
    assert result.outcomes["client"] == {"CCC-06": Outcome.FAILED, "CCC-09": Outcome.INCONCLUSIVE}, result.output


@pytest.mark.parametrize(
    ("named", "outcome"), [(["audience"], Outcome.PASSED), (["audience", "tenant"], Outcome.FAILED)]
)
def test_a_client_is_judged_on_the_parameters_that_its_file_names(
    named: list[str], outcome: Outcome, tmp_path: Path
) -> None:
    """On each of them: one that is never sent is lost."""
    command = [sys.executable, "-m", "conformance.reference.clients.variants", "knows-the-audience-alone"]
    client = {"command": command, "roles": ["token_client"], "parameters": named}
    (tmp_path / "acme.yaml").write_text(yaml.safe_dump({"name": "acme", "client": client}), "utf-8")
    result = run_suite(tmp_path, "--target=acme.yaml", "--require=CCC-01", "--require=CCC-05")
    assert result.outcomes["acme"] == {"CCC-01": outcome, "CCC-05": Outcome.PASSED}, result.output


def test_what_is_wrong_in_a_request_is_told_although_it_was_refused(tmp_path: Path) -> None:
    """A client that works nowhere proves nothing, except by what it sent."""
    (tmp_path / "client.py").write_text(
        "import os, urllib.parse, urllib.request\n"
        "secret = urllib.parse.urlencode({'client_secret': os.environ['SEASONPROOF_CLIENT_SECRET']})\n"
        "headers = {'Content-Type': 'application/json'}\n"
        "url = f\"{os.environ['SEASONPROOF_TOKEN_URL']}?{secret}\"\n"
        "urllib.request.urlopen(urllib.request.Request(url, b'{}', headers))\n",
        "utf-8",
    )
    client = f"--client={shlex.join([sys.executable, 'client.py'])}"
    chosen = [f"--require={name}" for name in ("CCC-02", "CCC-03", "CCC-07", "CCC-13")]
    result = run_suite(tmp_path, client, "--client-role=token_client", *chosen)
    outcomes = dict.fromkeys(("CCC-02", "CCC-03", "CCC-13"), Outcome.FAILED) | {"CCC-07": Outcome.INCONCLUSIVE}
    assert list(result.outcomes.values()) == [outcomes], result.output


ASKS = """
import base64, os, urllib.request
pair = os.environ["SEASONPROOF_CLIENT_ID"] + ":" + os.environ["SEASONPROOF_CLIENT_SECRET"]
header = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
url = os.environ["SEASONPROOF_TOKEN_URL"]
urllib.request.urlopen(urllib.request.Request(url, b"grant_type=client_credentials", header))
"""


@pytest.mark.parametrize("excepted", ["", "example.com", "*"])
def test_a_proxy_that_the_user_has_is_not_asked_for_the_org(excepted: str, tmp_path: Path) -> None:
    """It would be given the credentials of the run, and leads to nothing on this machine."""
    (tmp_path / "client.py").write_text(ASKS, "utf-8")
    environ = {"HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": excepted}
    client = f"--client={shlex.join([sys.executable, 'client.py'])}"
    result = run_suite(tmp_path, client, "--client-role=token_client", "--require=CCC-03", environ=environ)
    assert result.outcomes["client"] == {"CCC-03": Outcome.PASSED}, result.output


class TestTokenClients(ProofOfClients):
    """The proof of the role."""

    role = "token_client"
    judgements = JUDGEMENTS
