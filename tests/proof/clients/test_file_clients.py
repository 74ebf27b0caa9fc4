"""The judgements by which faults of file clients are caught, by requirement."""

import pytest

from tests.proof.clients import ProofOfClients

pytestmark = pytest.mark.proves("clients")

JUDGEMENTS = {
    "BIN-09": "kept:bytes sent:bytes sent:media-type token-in-header:in-url",
    "FIC-01": "whole",
    "FIC-02": "no-page",
    "FIC-03": "stays:followed",
    "FIC-04": "no-secret-in-arguments:arguments no-secret-shown:output",
    "FIC-05": "tiu-01",
    "FIC-06": "no-stranger:misnamed no-stranger:strange",
    "FIC-07": "waits:early",
    "FIC-08": "few-tries:endless",
}


class TestFileClients(ProofOfClients):
    """The proof of the role."""

    role = "file_client"
    judgements = JUDGEMENTS
