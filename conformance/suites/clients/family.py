"""The family *clients*: programs that call, and are judged by what they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.config.roles import Client
from conformance.suites.clients.absences import PROBES
from conformance.suites.family import Family, Setting

if TYPE_CHECKING:
    from conformance.suites.clients.capture import CapturedClient
    from conformance.suites.clients.driver import ClientUnderTest


def _drive(setting: Setting) -> ClientUnderTest | CapturedClient:
    role = setting.role(Client)
    if role.capture:
        from conformance.suites.clients.capture import CapturedClient  # with what reads captures

        return CapturedClient(role, setting.requirement, setting.case)
    from conformance.suites.clients.driver import ClientUnderTest, Memory  # with what serves the counterpart

    memory = setting.remembered("client", Memory)
    return ClientUnderTest(role, setting.requirement, setting.case, memory, setting.note)


FAMILY = Family(Client, _drive, PROBES)
