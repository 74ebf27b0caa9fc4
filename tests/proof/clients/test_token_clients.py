"""The judgements by which faults of token clients are caught, by requirement."""

import pytest

from tests.proof.clients import ProofOfClients

pytestmark = pytest.mark.proves("clients")

JUDGEMENTS = {
    "CCC-01": "in-place:missing in-place:twice",
    "CCC-02": "one-way:in-url one-way:twice",
    "CCC-03": "form:media-type form:method form:value",
    "CCC-04": "keeps-its-token:on-403 renews:no-renewal renews:renewals",
    "CCC-05": "again:lost",
    "CCC-06": "understood",
    "CCC-07": "error-shown:silent no-call:called",
    "CCC-08": "no-secret-shown:output",
    "CCC-09": "understood",
    "CCC-10": "few-tries:storm",
    "CCC-11": "few-tokens:storm",
    "CCC-12": "encoded:others encoded:plain",
}


class TestTokenClients(ProofOfClients):
    """The proof of the role."""

    role = "token_client"
    judgements = JUDGEMENTS
