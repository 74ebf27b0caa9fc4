"""The family *clients*: programs that call, and are judged by what they do."""

from __future__ import annotations

from conformance.config.roles import Client
from conformance.suites.clients.absences import PROBES
from conformance.suites.clients.driver import ClientUnderTest, Memory
from conformance.suites.family import Family, Setting


def _drive(setting: Setting) -> ClientUnderTest:
    memory = setting.remembered("client", Memory)
    return ClientUnderTest(setting.role(Client), setting.requirement, setting.case, memory, setting.note)


FAMILY = Family(Client, _drive, PROBES)
