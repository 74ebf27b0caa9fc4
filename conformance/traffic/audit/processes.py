"""The processes that judge: how they begin, and that they end with this one. Loaded where there are several."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BrokenProcessPool", "method", "pool"]


def method() -> str:
    """How processes begin: as forks of this one, which have all that they need, unless it has other threads."""
    if sys.platform == "linux" and len(os.listdir("/proc/self/task")) == 1:
        return "fork"
    return "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


@contextmanager
def pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that end with the context, and with this process."""
    context = multiprocessing.get_context(method())
    if context.get_start_method() == "forkserver":  # what each needs is imported once
        context.set_forkserver_preload(["conformance.traffic.audit.auditing"])
    executor = ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(dict(os.environ),))
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


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
