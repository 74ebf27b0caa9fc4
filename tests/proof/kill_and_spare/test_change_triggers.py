"""The judgements by which faults are caught on change triggers, by requirement."""

from tests.proof.kill_and_spare import KillAndSpare

JUDGEMENTS = {
    "CON-01": "accepted",
    "CON-02": "changes-nothing",
    "CON-03": "refused:accepted refused:empty",
    "CON-04": "refused:accepted",
    "CON-05": "challenge",
    "CON-06": "accepted",
    "CON-07": "accepted",
    "CON-08": "refused:accepted",
    "CON-09": "described",
    "CON-10": "required",
    "CON-11": "seen-as-refused",
    "ACT-01": "as-written:unreadable",
    "ACT-02": "gone",
    "ACT-03": "refused:accepted",
    "ACT-04": "unchanged",
    "ACT-05": "refused:accepted",
    "ACT-06": "says-why",
    "ACT-07": "unchanged",
    "ACT-08": "refused:server-error",
    "ACT-09": "same-creation",
    "ACT-10": "as-written refused:accepted",
    "ACT-11": "as-written",
    "MAP-01": "carried",
    "MAP-02": "carried:refused",
    "MAP-03": "refused-or-carried",
    "MAP-04": "carried",
    "MAP-05": "no-value",
    "MAP-06": "carried",
    "MAP-07": "carried",
    "MAP-08": "carried",
    "MAP-09": "carried",
    "MAP-10": "carried",
    "MAP-11": "carried",
    "MAP-12": "carried",
    "MAP-13": "refused:accepted",
    "MAP-14": "refused-or-carried",
    "POL-01": "boundary",
    "POL-02": "all-listed",
    "POL-03": "same-order",
    "POL-04": "all-listed",
    "POL-05": "all-listed",
    "POL-06": "listed",
    "POL-07": "listed",
    "POL-08": "offset",
    "POL-09": "same-instant",
    "POL-10": "states-differ",
    "POL-11": "listed",
    "POL-12": "tombstone",
    "POL-13": "accepted",
    "POL-14": "empty",
    "POL-15": "refused:accepted refused:server-error",
    "POL-16": "all-listed",
    "POL-17": "delivered same-order",
    "POL-18": "all-listed",
    "POL-19": "all-listed",
    "POL-20": "all-listed",
}


class TestChangeTriggers(KillAndSpare):
    """The proof of the family."""

    role = "business_system"
    judgements = JUDGEMENTS
