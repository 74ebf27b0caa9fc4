"""The family *token handling*: single access endpoints."""

from __future__ import annotations

from conformance.config.roles import SingleAccess
from conformance.suites.family import Family, Setting
from conformance.suites.token_handling.absences import PROBES
from conformance.suites.token_handling.driver import Memory, SingleAccessEndpoint


def _drive(setting: Setting) -> SingleAccessEndpoint:
    role, clock = setting.role(SingleAccess), setting.target.capabilities.clock
    memory = setting.remembered("single access", Memory)
    return SingleAccessEndpoint(role, setting.client, setting.case, memory, setting.journal, clock)


FAMILY = Family(SingleAccess, _drive, PROBES)
