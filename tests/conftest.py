"""What all tests of the project share."""

import os
import sys

from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester"]

# Hundreds of processes are started. Without byte code each compiles all of its modules again, which takes seconds.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# No test hangs on how busy a machine is.
settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")
