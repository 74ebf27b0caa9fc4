"""What every run of the suites loads, loaded once: each run is a fork of the process that imports this.

The suites are collected, so that pytest has rewritten their modules, and nothing is sent. What is kept for a run, such
as the secrets that it knows, is made in the fork.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import tempfile

import pytest


def load() -> None:
    """Collect the suites in an empty folder, as a run does, and load what only a run would."""
    environ, here = dict(os.environ), os.getcwd()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        os.environ |= {"HOME": folder, "XDG_STATE_HOME": folder, "PYTEST_ADDOPTS": ""}
        os.chdir(folder)
        pytest.main(["--profile=winter26", "--collect-only", "-qq", "-p", "no:cacheprovider"])
        os.chdir(here)
    os.environ.clear()
    os.environ.update(environ)
    from conformance.reference.app import reference_app  # pytest has to see them first, to rewrite them
    from conformance.reference.server import Server
    from conformance.reference.variants import variants

    variants()
    with Server() as server:
        server.serve(reference_app())
    gc.collect()
    gc.freeze()


load()
