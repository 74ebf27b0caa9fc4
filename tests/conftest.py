"""What all tests of the project share."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester"]

# No test hangs on how busy a machine is.
settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")
