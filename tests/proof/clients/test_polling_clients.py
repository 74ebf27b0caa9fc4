"""The judgements by which faults of polling clients are caught, by requirement."""

import pytest

from tests.proof.clients import ProofOfClients

pytestmark = pytest.mark.proves("clients")

JUDGEMENTS = {
    "PCX-01": "at-least-once:lost",
    "PCX-02": "at-least-once:lost",
    "PCX-03": "at-least-once:lost",
    "PCX-04": "at-least-once:lost",
    "PCX-05": "at-least-once:lost",
    "PCX-06": "once:again",
    "PCX-07": "at-least-once:lost",
    "PCX-08": "no-secret-in-arguments:arguments no-secret-shown:output",
    "PCX-09": "tiu-01",
    "PCX-10": "no-stranger:misnamed no-stranger:strange",
    "PCX-11": "waits:early",
    "PCX-12": "few-tries:endless",
    "PCX-13": "stays:followed",
}


class TestPollingClients(ProofOfClients):
    """The proof of the role."""

    role = "polling_client"
    judgements = JUDGEMENTS
