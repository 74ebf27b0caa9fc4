"""Work in several processes whose results come in the order of the work, also when a process is killed."""

from __future__ import annotations

import os
import sys
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

TOGETHER: Final = 8 << 20
"""How many bytes are given to a process at once, so that small files do not cost a message each."""

_MOST_TOGETHER: Final = 64
_AHEAD: Final = 2  # batches that wait for each process


class Work(Protocol):
    """A piece of work.

    Attributes:
        size: how many bytes it is about.
        is_bound: whether it can be done in this process alone.
    """

    @property
    def size(self) -> int: ...

    @property
    def is_bound(self) -> bool: ...


class Lost(Exception):
    """Every process died that did a piece of work."""

    def __init__(self) -> None:
        super().__init__("each process that judged it was killed; it may need more memory than there is")


def in_order[W: Work, R](do: Callable[[W], R], work: Iterable[W], jobs: int) -> Iterator[tuple[W, R | Lost]]:
    """Do work in so many processes, and give each piece with its result, in the order of the work.

    What was under way when a process died is done again, and what kills its process again when nothing else is done
    is lost: nothing is left out and nothing comes twice.

    Args:
        do: a function of a module that raises nothing.
        work: the pieces.
        jobs: how many processes.
    """
    waiting, undone = batches(work), deque[list[W]]()
    while (yield from _until_one_dies(do, waiting, jobs, undone)):
        while undone:
            yield from _alone(do, undone.popleft())


def batches[W: Work](work: Iterable[W]) -> Iterator[list[W]]:
    """Small pieces together; what is bound to this process by itself."""
    batch: list[W] = []
    size = 0
    for one in work:
        if batch and (size + one.size > TOGETHER or len(batch) >= _MOST_TOGETHER or one.is_bound or batch[0].is_bound):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += one.size
    if batch:
        yield batch


def _until_one_dies[W: Work, R](
    do: Callable[[W], R], waiting: Iterator[list[W]], jobs: int, undone: deque[list[W]]
) -> Generator[tuple[W, R], None, bool]:
    """Give the results of batches until there are no more, or a process dies; `undone` has what was under way then."""
    from conformance.traffic.audit.processes import BrokenProcessPool, pool

    results: deque[Callable[[], list[R]]] = deque()
    with pool(jobs) as processes:
        try:
            for batch in waiting:
                undone.append(batch)
                done = partial(done_in, do, batch)
                results.append(done if batch[0].is_bound else processes.submit(done).result)
                if len(results) >= jobs * _AHEAD:
                    done_first = results.popleft()()
                    yield from zip(undone.popleft(), done_first, strict=True)
            while results:
                done_first = results.popleft()()
                yield from zip(undone.popleft(), done_first, strict=True)
        except BrokenProcessPool:
            return True
    return False


def _alone[W: Work, R](do: Callable[[W], R], batch: list[W]) -> Iterator[tuple[W, R | Lost]]:
    """The results of a batch whose process died, piece by piece in a process that does nothing else."""
    for one in batch:
        again = deque[list[W]]()
        if (yield from _until_one_dies(do, iter([[one]]), 1, again)):
            yield one, Lost()


def done_in[W, R](do: Callable[[W], R], batch: list[W]) -> list[R]:
    """The results of a batch."""
    return [do(one) for one in batch]


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
