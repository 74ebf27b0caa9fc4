"""The judgements by which faults of rotation clients are caught, by requirement."""

import pytest

from tests.proof.clients import ProofOfClients

pytestmark = pytest.mark.proves("clients")

JUDGEMENTS = {
    "ROC-01": "proven:unproven",
    "ROC-02": "rolled-back:left works:dead works:mixed",
    "ROC-03": "both",
    "ROC-04": "kept",
    "ROC-05": "own-consumer",
    "ROC-06": "deleted once once:dead once:mixed",
    "ROC-07": "works:dead works:mixed",
    "ROC-08": "ends-right:not-main works:mixed",
    "ROC-09": "no-secret-in-arguments:arguments no-secret-shown:output",
    "ROC-10": "tiu-01",
    "ROC-11": "no-stranger:misnamed no-stranger:strange",
}


class TestRotationClients(ProofOfClients):
    """The proof of the role."""

    role = "rotation_client"
    judgements = JUDGEMENTS
