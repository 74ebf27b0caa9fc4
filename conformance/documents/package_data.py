"""Where the files live that come with the package: profiles, report configuration."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def data_dir(name: str) -> Path:
    """The directory of the data files called `name`, such as `profiles`.

    In a wheel they lie inside the package, in a checkout beside it.

    Raises:
        FileNotFoundError: neither place has it: the installation is damaged.
    """
    for candidate in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(
        f"the data directory {name!r} is missing from this installation of seasonproof; install it again"
    )
