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
import warnings

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
    from conformance.http import client, response_secrets  # pytest has to see them first, to rewrite them
    from conformance.reference.app import reference_app
    from conformance.reference.server import Server
    from conformance.reference.variants import variants
    from conformance.reporting.page import template

    variants()
    client.common_tls()
    template("statement.html")
    template("requirement.html")
    response_secrets.tokens(b"")
    _draw()
    _read()
    with Server() as server:
        server.serve(reference_app())
    gc.collect()
    gc.freeze()


def _draw() -> None:
    """Have Hypothesis read the tables of characters and the constants of all modules, which a run does otherwise."""
    from hypothesis import given, settings  # pytest has to see it first too
    from hypothesis import strategies as st

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own generator, since Python 3.14; every output of a test would have it
        settings(database=None, max_examples=10)(given(st.text(), st.from_regex("[a-z]+"))(lambda text, word: None))()


def _read() -> None:
    """Have Schemathesis load what it needs for a document."""
    from conformance.reference.file_service import contract
    from conformance.suites.contracts import Operation

    Operation(contract(), "/files/{name}", "get")


load()
