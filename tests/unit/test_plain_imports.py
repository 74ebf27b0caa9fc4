"""What a run loads: the tests of what was chosen.

Modules without tests are loaded as Python loads them; pytest rewrites the assertions of tests, as everywhere.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

COLLECTING = ("--collect-only", "-qq", "-p", "no:schemathesis", "-c", "/dev/null", "--rootdir=.")

LOADED = """if True:
    import sys, pytest
    status = pytest.main(sys.argv[1:])
    ours = {name: module for name, module in sys.modules.items() if name.startswith("conformance.")}
    loaded = {name.rpartition(".")[2]: module for name, module in ours.items()}
    loaders = [type(loaded[name].__spec__.loader).__name__ for name in ("verdict", "test_tokens_in_urls")]
    print(int(status), loaders, any("_PlainImports" in type(finder).__name__ for finder in sys.meta_path))
"""


def test_where_the_suites_run_alone_pytest_loads_their_tests_and_nothing_else(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LOADED, "--profile=winter26", *COLLECTING]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout + done.stderr).splitlines()[-1] == "0 ['SourceFileLoader', 'AssertionRewritingHook'] False"


COLLECTED = """if True:
    import sys, pytest
    status = pytest.main(sys.argv[1:])
    tests = [name for name in sys.modules if name.startswith("conformance.suites.") and ".test_" in name]
    print(int(status), sorted({name.split(".")[2] for name in tests}))
"""


@pytest.mark.parametrize(
    ("options", "families"),
    [
        (["--require=SAB-01"], ["token_handling"]),
        (["--role=token_endpoint", "--role=file_service"], ["binary_files", "client_credentials"]),
        (["--family=change-triggers"], ["change_triggers"]),
    ],
    ids=str,
)
def test_of_families_of_which_nothing_was_chosen_nothing_is_loaded(
    options: list[str], families: list[str], tmp_path: Path
) -> None:
    command = [sys.executable, "-c", COLLECTED, "--profile=winter26", *options, *COLLECTING]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout + done.stderr).splitlines()[-1] == f"0 {families}"


def test_in_a_run_of_others_nothing_is_loaded_in_another_way(tmp_path: Path) -> None:
    test = 'assert "_PlainImports" not in {type(one).__name__ for one in sys.meta_path}'
    (tmp_path / "test_it.py").write_text(f"import sys\n\n\ndef test_it() -> None:\n    {test}\n", "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", "--rootdir=.", "test_it.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
