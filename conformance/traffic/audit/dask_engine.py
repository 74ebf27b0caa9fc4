"""Work on a cluster of Dask that is there already, with results in the order of the work."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from conformance.documents import UsageProblem
from conformance.traffic.audit.workers import Lost, Work, batches, done_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_AHEAD: Final = 2  # batches that wait for each thread of a worker
_PATIENCE: Final = 30  # seconds for the scheduler to answer


def in_order[W: Work, R](
    do: Callable[[W], R], work: Iterable[W], jobs: int, *, scheduler: str
) -> Iterator[tuple[W, R | Lost]]:
    """Do work on the workers of a cluster, and give each piece with its result, in the order of the work.

    The scheduler does again what was under way on a worker that died. What kills one worker after the other is lost.

    Args:
        do: a function of a module that raises nothing; the workers have to have it.
        work: the pieces.
        jobs: the least number of batches that are under way.
        scheduler: its address.

    Raises:
        UsageProblem: the scheduler does not answer, or the library is not installed.
    """
    with _client(scheduler) as client:
        under_way: deque[tuple[list[W], Callable[[], list[R | Lost]]]] = deque()
        for batch in batches(work):
            under_way.append((batch, _begun(client, do, batch)))
            if len(under_way) >= max(jobs, _AHEAD * sum(client.nthreads().values())):
                yield from _first(under_way)
        while under_way:
            yield from _first(under_way)


def _client(scheduler: str) -> Any:
    try:
        import distributed
    except ImportError:
        raise UsageProblem(["--engine=dask needs the extra: pip install 'seasonproof[dask]'"]) from None
    try:
        made: Any = distributed.Client  # it has types, though not here
        return made(scheduler, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        reason = f"{type(error).__name__}; is a scheduler of Dask there?"
        raise UsageProblem([f"--scheduler {scheduler}: cannot be used: {reason}"]) from None


def _begun[W: Work, R](client: Any, do: Callable[[W], R], batch: list[W]) -> Callable[[], list[R | Lost]]:
    """Begin a batch; what is returned waits for its results."""
    if batch[0].is_bound:
        return lambda: [*done_in(do, batch)]
    future = client.submit(done_in, do, batch, pure=False)
    return partial(_results, client, do, batch, future)


def _results[W: Work, R](client: Any, do: Callable[[W], R], batch: list[W], future: Any) -> list[R | Lost]:
    from distributed import KilledWorker

    try:
        found: list[R | Lost] = future.result()
    except KilledWorker:
        if len(batch) == 1:
            return [Lost()]
        alone = [_begun(client, do, [one])() for one in batch]
        return [result for results in alone for result in results]
    return found


def _first[W, R](
    under_way: deque[tuple[list[W], Callable[[], list[R | Lost]]]],
) -> Iterator[tuple[W, R | Lost]]:
    batch, results = under_way.popleft()
    yield from zip(batch, results(), strict=True)
