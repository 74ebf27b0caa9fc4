"""Work in several processes whose results come in the order of the work, also when a process is killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import wait
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
    results: deque[Callable[[], list[R]]] = deque()
    with _pool(jobs) as pool:
        try:
            for batch in waiting:
                undone.append(batch)
                done = partial(done_in, do, batch)
                results.append(done if batch[0].is_bound else pool.submit(done).result)
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


def method() -> str:
    """How processes begin: as forks of this one, which have all that they need, unless it has other threads."""
    if sys.platform == "linux" and len(os.listdir("/proc/self/task")) == 1:
        return "fork"
    return "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


@contextmanager
def _pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that end with the context, and with this process."""
    context = multiprocessing.get_context(method())
    if context.get_start_method() == "forkserver":  # what each needs is imported once
        context.set_forkserver_preload(["conformance.traffic.audit.auditing"])
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(dict(os.environ),))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(environment: dict[str, str]) -> None:
    """Leave an interruption to the parent, and end when it is killed: the pool itself would wait for it for ever.

    Args:
        environment: that of the parent now; what forks this process has an older one.
    """
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=lambda: (wait([parent.sentinel]), os._exit(1)), daemon=True).start()
