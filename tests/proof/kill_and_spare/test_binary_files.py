"""The judgements by which faults are caught on binary files, by requirement."""

import pytest

from tests.proof.kill_and_spare import KillAndSpare

pytestmark = pytest.mark.proves("binary_files")

JUDGEMENTS = {
    "BIN-01": "same-file",
    "BIN-02": "raw",
    "BIN-03": "length",
    "BIN-04": "stored",
    "BIN-05": "registers",
    "BIN-06": "refused same-file",
    "BIN-07": "same-file",
    "BIN-08": "honest-error",
    "BIN-10": "binary-action",
    "BIN-11": "media-type",
    "BIN-12": "same-file",
    "BIN-13": "head-like-get",
    "BIN-14": "part",
    "BIN-15": "another-etag",
    "BIN-16": "same-file",
    "BIN-17": "refused same-file",
    "BIN-18": "same-file",
    "BIN-19": "gone same-file",
    "BIN-20": "content-disposition",
    "BIN-21": "nosniff",
    "BIN-22": "same-file",
    "BIN-23": "gone same-file",
    "BIN-24": "gone one-version same-file",
    "BIN-25": "gone same-file",
    "BIN-26": "same-file",
    "BIN-27": "gone same-file",
    "BIN-28": "same-file",
    "BIN-29": "explains-itself gone refused",
    "BIN-30": "another-file same-file",
    "BIN-31": "gone keeps-out same-file",
    "BIN-32": "keeps-out",
    "BIN-33": "id same-file",
    "BIN-34": "contract",
    "BIN-35": "same-file",
    "BIN-36": "refused same-file",
    "BIN-37": "whole-file",
    "BIN-38": "same-file",
    "BIN-39": "refused same-file",
    "BIN-40": "behind-the-end",
    "BIN-41": "same-tag",
    "BIN-42": "tells-new-from-old",
    "BIN-43": "same-file",
    "BIN-44": "not-taken same-file",
    "BIN-45": "not-taken",
    "BIN-46": "whole-file",
    "BIN-47": "unchanged",
    "BIN-48": "refused",
    "BIN-49": "stored",
    "BIN-50": "refused same-file",
    "BIN-51": "charset",
    "BIN-52": "no-page",
}


class TestBinaryFiles(KillAndSpare):
    """The proof of the family."""

    role = "file_service"
    judgements = JUDGEMENTS
