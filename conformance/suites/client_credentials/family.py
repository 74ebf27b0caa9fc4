"""The family *client credentials*: token endpoints of authorization servers."""

from __future__ import annotations

from conformance.config.roles import TokenEndpoint
from conformance.suites.client_credentials.absences import PROBES
from conformance.suites.client_credentials.driver import AuthorizationServer
from conformance.suites.client_credentials.known import Known
from conformance.suites.family import Family, Setting


def _drive(setting: Setting) -> AuthorizationServer:
    known = setting.remembered("known", Known)
    return AuthorizationServer(setting.role(TokenEndpoint), setting.client, setting.case, known)


FAMILY = Family(TokenEndpoint, _drive, PROBES)
