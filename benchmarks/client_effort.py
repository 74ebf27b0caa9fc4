"""How often each requirement on clients runs a client, and how much it hears of it, by scenario.

`python -m benchmarks.client_effort` judges the reference clients and writes what `--plan` estimates by. It is a plugin
of that run too, which counts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from conformance.reference.clients.variants import client_variants
from conformance.reporting.effort import CLIENTS_FILE
from conformance.suites.clients.answers import Seen
from conformance.suites.clients.driver import ClientUnderTest
from conformance.suites.clients.scenario import Scenario

OUTPUT = "SEASONPROOF_EFFORT"

_found: dict[str, dict[str, list[int]]] = {}
_through = ClientUnderTest.through


def pytest_configure() -> None:
    """Listen to the driver."""
    if OUTPUT in os.environ:
        ClientUnderTest.through = _counted  # type: ignore[method-assign] # in a process that only counts


def pytest_unconfigure() -> None:
    """Hand over what was counted."""
    if OUTPUT in os.environ:
        Path(os.environ[OUTPUT]).write_text(json.dumps(_found), "utf-8")


def _counted(client: ClientUnderTest, scenario: Scenario) -> Seen:
    seen = _through(client, scenario)
    _found.setdefault(client.requirement.id, {})[scenario.name] = [len(seen.ended), len(seen.exchanges)]
    return seen


def main() -> None:
    """Count and write it down, a requirement a line."""
    roles = {variant.program.role: variant.program.__mro__ for variant in client_variants().values()}
    with tempfile.TemporaryDirectory() as folder:
        targets = []
        for role, classes in roles.items():
            module = next(one.__module__ for one in classes if ".variants" not in one.__module__)
            target = Path(folder, f"{role}.yaml")
            client = {"command": [sys.executable, "-m", module], "roles": [role]}
            target.write_text(json.dumps({"name": role.replace("_", "-"), "client": client}), "utf-8")
            targets.append(f"--target={target}")
        output = Path(folder, "counted.json")
        options = ["-p", "benchmarks.client_effort", "--profile=winter26", *targets, "-qq"]
        command = [sys.executable, "-m", "pytest", *options]
        subprocess.run(command, env={**os.environ, OUTPUT: str(output)}, check=True)
        found = json.loads(output.read_text("utf-8"))
    rows = [f'  "{requirement}": {json.dumps(scenarios)}' for requirement, scenarios in sorted(found.items())]
    CLIENTS_FILE.write_text("{\n" + ",\n".join(rows) + "\n}\n", "utf-8")
    sys.stdout.write(f"{CLIENTS_FILE}\n")


if __name__ == "__main__":
    main()
