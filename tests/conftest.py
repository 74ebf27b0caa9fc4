"""What all tests of the project share."""

import os
import sys

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester"]

# Hundreds of processes are started. Without byte code each compiles all of its modules again, which takes seconds.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# No test hangs on how busy a machine is.
settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")


def pytest_configure(config: pytest.Config) -> None:
    """Let pytest-xdist hand out files in their order: by itself it leaves those of few, long tests to the end."""
    config.option.loadscopereorder = False
