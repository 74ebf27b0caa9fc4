"""What a requirement costs a target: requests and creations, as they were counted on the reference.

`python -m benchmarks.effort` counts them anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.judging.run import Depth

FILE = Path(__file__).with_suffix(".json")


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is sent and created.

    Attributes:
        requests: how many requests.
        creations: how many things are created: records, files, pairs, sessions.
        unknown: how many requirements nobody has counted, such as those of a profile of one's own.
    """

    requests: int = 0
    creations: int = 0
    unknown: int = 0


def effort(requirements: Iterable[str], depth: Depth) -> Effort:
    """What some requirements cost together at a depth."""
    counted = _counted()
    ids = list(requirements)
    pairs = [counted[identifier][depth] for identifier in ids if identifier in counted]
    return Effort(sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs), len(ids) - len(pairs))


@cache
def _counted() -> dict[str, dict[str, list[int]]]:
    return dict(json.loads(FILE.read_text("utf-8")))
