"""The family *client credentials*: token endpoints of authorization servers."""

from __future__ import annotations

from conformance.config.roles import TokenEndpoint
from conformance.suites.client_credentials.absences import PROBES
from conformance.suites.client_credentials.driver import AuthorizationServer
from conformance.suites.client_credentials.memory import Memory
from conformance.suites.family import Family, Setting


def _drive(setting: Setting) -> AuthorizationServer:
    memory = setting.remembered("authorization server", Memory)
    return AuthorizationServer(setting.role(TokenEndpoint), setting.client, setting.case, memory)


FAMILY = Family(TokenEndpoint, _drive, PROBES)
