"""The judgements by which faults of API clients are caught, by requirement."""

import pytest

from tests.proof.clients import ProofOfClients

pytestmark = pytest.mark.proves("clients")

JUDGEMENTS = {
    "TIU-01": "tiu-01",
    "TIU-02": "tiu-02",
    "TIU-03": "no-fallback:fallback",
    "TIU-04": "renews:no-renewal",
    "TIU-05": "not-kept:printed not-kept:stored opened-once:again",
    "TIU-06": "token-in-body-or-header:in-url",
    "TIU-07": "tiu-07",
    "TIU-08": "no-secret-shown:file no-secret-shown:output",
    "TIU-09": "no-secret-in-arguments:arguments",
    "TIU-10": "waits:early",
    "TIU-11": "few-tries:endless",
    "TIU-12": "no-stranger:misnamed no-stranger:strange",
    "TIU-13": "renews-a-few-times:calls",
    "TIU-14": "once:again",
    "TIU-15": "stays:followed",
}


class TestApiClients(ProofOfClients):
    """The proof of the role."""

    role = "api_client"
    judgements = JUDGEMENTS
