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


class TestTokenClients(ProofOfClients):
    """The proof of the role."""

    role = "token_client"
    judgements = JUDGEMENTS
