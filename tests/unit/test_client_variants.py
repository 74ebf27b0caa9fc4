"""A variant of the clients is found by its name, without the modules of all others."""

from __future__ import annotations

import subprocess
import sys

import pytest

from conformance.reference.clients.variants import client_variants

FOUND = """
import sys
from conformance.reference.clients.variants import client_variant
wrong = [name for name in sys.argv[1:] if (found := client_variant(name)) is None or found.name != name]
sys.exit(", ".join(wrong) or None)
"""
LOADED = """
import sys
from conformance.reference.clients.variants import client_variant
client_variant(sys.argv[1])
print(*sorted(name.rpartition(".")[2] for name in sys.modules if ".clients.variants." in name))
"""


def test_each_is_found_by_its_name() -> None:
    """The last one first, so that its module is not loaded for another one."""
    subprocess.run([sys.executable, "-c", FOUND, *reversed(client_variants())], check=True)


@pytest.mark.parametrize(
    ("name", "loaded"),
    [
        ("token-in-the-query", "api_faults connections"),
        ("no-such-client", ""),
        ("", ""),
        ("looks-back", "connections polling_oddities"),
    ],
)
def test_no_other_module_is_loaded(name: str, loaded: str) -> None:
    done = subprocess.run([sys.executable, "-c", LOADED, name], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == loaded
