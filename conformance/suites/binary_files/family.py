"""The family *binary files*: services that store files for External Services."""

from __future__ import annotations

from conformance.config.roles import FileService
from conformance.suites.binary_files.absences import PROBES
from conformance.suites.binary_files.driver import FILE, FileStore
from conformance.suites.binary_files.leftovers import finish
from conformance.suites.binary_files.places import Memory
from conformance.suites.family import Family, Setting


def _drive(setting: Setting) -> FileStore:
    memory = setting.remembered("document", Memory)
    return FileStore(setting.role(FileService), setting.client, setting.case, setting.journal, memory)


FAMILY = Family(FileService, _drive, PROBES, {FILE: finish})
