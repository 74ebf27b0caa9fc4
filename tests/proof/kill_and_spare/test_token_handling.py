"""The judgements by which faults are caught on token handling, by requirement."""

import pytest

from tests.proof.kill_and_spare import KillAndSpare

pytestmark = pytest.mark.proves("token_handling")

JUDGEMENTS = {
    "SAB-01": "refused:cookie refused:session",
    "SAB-02": "refused:cookie refused:session",
    "SAB-03": "refused:cookie refused:session",
    "SAB-04": "opens-a-session:status",
    "SAB-05": "lands-on-redirect-uri opens-a-session:status",
    "SAB-06": "lands-on-redirect-uri opens-a-session:status",
    "SAB-07": "refused:cookie refused:session",
    "SAB-08": "frontdoor-answer:host frontdoor-answer:media-type frontdoor-answer:no-member frontdoor-answer:relative",
    "SAB-09": "no-token-in-frontdoor-url",
    "SAB-10": "logs-in-no-more",
    "SAB-11": "refused:session refused:status",
    "SAB-12": "refused:session",
    "SAB-13": "bearer-challenge",
    "SAB-14": "stays-with-the-org",
    "SAB-15": "no-store",
    "SAB-16": "logs-in-no-more",
    "SAB-18": "refused:session refused:status",
    "SAB-19": "refused:session refused:status",
    "SAB-20": "refused:session refused:status",
    "SAB-21": "no-error-named",
    "SAB-22": "no-token-in-refusal",
    "SAB-23": "no-session:cookie",
    "SAB-24": "refused:cookie refused:session",
    "SAB-25": "refused:session refused:status",
    "SAB-26": "refused:session refused:status",
    "SAB-27": "opens-a-session:status",
    "SAB-28": "refused:session",
    "SAB-29": "no-session:session",
    "SAB-30": "no-session:session",
    "SAB-31": "refused:accepted refused:cookie",
    "SAB-32": "one-session",
    "SAB-33": "refused:session refused:status",
    "SAB-34": "no-token-in-redirect",
    "SAB-36": "refused:session",
    "SAB-37": "opens-a-session:status",
}


class TestTokenHandling(KillAndSpare):
    """The proof of the family."""

    role = "single_access"
    judgements = JUDGEMENTS
