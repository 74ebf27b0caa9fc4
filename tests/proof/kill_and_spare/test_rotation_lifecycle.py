"""The judgements by which faults are caught on the rotation life cycle, by requirement."""

import pytest

from tests.proof.kill_and_spare import KillAndSpare

pytestmark = pytest.mark.proves("rotation_lifecycle")

JUDGEMENTS = {
    "STG-01": "members:missing",
    "STG-02": "members:missing",
    "STG-03": "succeeds",
    "STG-04": "staged-credential:missing staged-credential:state",
    "STG-05": "differ",
    "STG-06": "still-works",
    "STG-07": "still-works",
    "STG-08": "main-pair",
    "STG-09": "still-works",
    "STG-10": "has-ended status",
    "STG-11": "lifetime",
    "STG-12": "refused:no-refusal",
    "STG-13": "still-works",
    "STG-14": "refused:no-refusal",
    "STG-15": "status",
    "STG-16": "empty-page page-of-apps",
    "STG-17": "page-size",
    "STG-18": "members:missing",
    "STG-19": "no-secret",
    "STG-20": "no-store",
    "STG-21": "succeeds",
    "STG-22": "address-of-the-org address-shows-it",
    "STG-23": "differ",
    "STG-24": "vary",
    "STG-25": "still-works",
    "STG-26": "rotated",
    "STG-27": "has-ended",
    "STG-28": "still-works",
    "STG-29": "still-works",
    "STG-30": "still-staged",
    "STG-31": "refused:status",
    "STG-32": "main-pair still-works",
    "STG-33": "still-works",
    "STG-34": "status",
    "STG-35": "refused:no-refusal",
    "STG-36": "refused:no-refusal",
    "STG-37": "refused:no-refusal",
    "STG-38": "refused:no-refusal",
    "STG-39": "refused:no-refusal",
    "STG-40": "refused:no-refusal",
    "STG-41": "refused:no-refusal",
    "STG-42": "no-secret",
    "STG-43": "refused:no-refusal",
    "STG-44": "refused:no-refusal",
    "STG-45": "has-ended still-works",
    "STG-46": "has-ended still-works",
    "STG-47": "not-active",
    "STG-48": "has-ended known-main-pair main-pair-works still-works",
    "STG-49": "contract",
    "STG-50": "contract",
    "STG-51": "pairs-are-not-mixed",
    "STG-52": "no-secret",
    "STG-53": "next-page",
    "STG-54": "refused:no-refusal",
}


class TestRotationLifecycle(KillAndSpare):
    """The proof of the family."""

    role = "staged_credentials"
    judgements = JUDGEMENTS
