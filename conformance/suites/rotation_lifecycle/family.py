"""The family *rotation life cycle*: the staged credentials of external client apps."""

from __future__ import annotations

from conformance.config.roles import StagedCredentials
from conformance.rules.outcome import NotTested
from conformance.suites.family import Family, Setting
from conformance.suites.rotation_lifecycle.absences import PROBES
from conformance.suites.rotation_lifecycle.calls import Memory
from conformance.suites.rotation_lifecycle.driver import StagedCredentialsOfAnApp
from conformance.suites.rotation_lifecycle.staging import finish


def _drive(setting: Setting) -> StagedCredentialsOfAnApp:
    role = setting.role(StagedCredentials)
    if set(setting.requirement.effects) != {"reads"} and setting.is_shared:
        raise NotTested("several processes would stage pairs for the same consumer", "run without -n")
    memory = setting.remembered("credentials", Memory)
    return StagedCredentialsOfAnApp(role, setting.client, setting.case, memory, setting.tokens, setting.journal)


FAMILY = Family(StagedCredentials, _drive, PROBES, {"staged_credentials": finish})
