"""`python -m docs_site` builds the documentation site into build/site."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from conformance.documents import UsageProblem
from docs_site.building import build


def main() -> int:
    """Build the site; what is wrong is told in lines, and ends with exit code 2."""
    parser = argparse.ArgumentParser(prog="python -m docs_site", description="Build the documentation site.")
    parser.add_argument("--out", type=Path, default=Path("build"), help="the folder of the site (default: build)")
    parser.add_argument("--without-pictures", action="store_true", help="leave out the pictures, which take a minute")
    options = parser.parse_args()
    try:
        site = build(options.out, with_pictures=not options.without_pictures)
    except UsageProblem as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    except (OSError, subprocess.SubprocessError) as error:
        sys.stderr.write(f"the site cannot be built: {error}\n")
        return 2
    sys.stdout.write(f"{site / 'index.html'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
