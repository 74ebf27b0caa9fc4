"""The family *change triggers*: systems that flows connect to, write to and poll."""

from __future__ import annotations

from conformance.config.roles import BusinessSystem
from conformance.suites.change_triggers.absences import PROBES
from conformance.suites.change_triggers.driver import BusinessSystemDriver
from conformance.suites.change_triggers.leftovers import FINISHES
from conformance.suites.family import Family, Setting


def _drive(setting: Setting) -> BusinessSystemDriver:
    return BusinessSystemDriver(
        setting.role(BusinessSystem),
        setting.client,
        setting.case,
        setting.journal,
        setting.tokens,
        has_clock=not setting.is_shared,
    )


FAMILY = Family(BusinessSystem, _drive, PROBES, FINISHES)
