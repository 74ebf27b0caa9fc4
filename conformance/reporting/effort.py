"""What a requirement costs a target: requests and creations, as they were counted on the reference.

`python -m benchmarks.effort` counts them anew, and `python -m benchmarks.client_effort` those on clients.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.judging.run_options import Depth

FILE = Path(__file__).with_suffix(".json")
CLIENTS_FILE = FILE.with_name("client_effort.json")


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is sent and created.

    Attributes:
        requests: how many requests.
        creations: how many things are created: records, files, pairs, sessions.
        runs: how often a client is run.
        unknown: how many requirements nobody has counted, such as those of a profile of one's own.
    """

    requests: int = 0
    creations: int = 0
    runs: int = 0
    unknown: int = 0


def effort(requirements: Iterable[str], depth: Depth) -> Effort:
    """What some requirements cost together at a depth. Those on clients share scenarios, each of which is run once."""
    counted, of_clients = _counted(), _counted_of_clients()
    ids = list(requirements)
    pairs = [counted[identifier][depth] for identifier in ids if identifier in counted]
    scenarios: dict[str, list[int]] = {}
    for identifier in ids:
        scenarios |= of_clients.get(identifier, {})
    return Effort(
        requests=sum(pair[0] for pair in pairs) + sum(heard for _, heard in scenarios.values()),
        creations=sum(pair[1] for pair in pairs),
        runs=sum(runs for runs, _ in scenarios.values()),
        unknown=sum(identifier not in counted and identifier not in of_clients for identifier in ids),
    )


@cache
def _counted() -> dict[str, dict[str, list[int]]]:
    return dict(json.loads(FILE.read_text("utf-8")))


@cache
def _counted_of_clients() -> dict[str, dict[str, list[int]]]:
    return dict(json.loads(CLIENTS_FILE.read_text("utf-8")))
