"""How long a newcomer takes from an address to a verdict, with six systems: `python -m benchmarks.first_minutes`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.interop.newcomers import SYSTEMS, journey


def main() -> None:
    """Print the seconds of each step, and the verdict. The servers are installed before the first step."""
    for name, (system, _) in SYSTEMS.items():
        with tempfile.TemporaryDirectory() as there:
            folder, served = Path(there), Path(there, "served")
            served.mkdir()
            with system(served) as arrival:
                steps = list(journey(folder, arrival))
        verdict = next((line for line in steps[-1].said.splitlines() if line.startswith("target: ")), "no verdict")
        times = ", ".join(f"{step.name} {step.seconds:.1f} s" for step in steps)
        print(f"{name}: {times}; {len(arrival.lines)} lines filled in\n  {verdict}")


if __name__ == "__main__":
    main()
