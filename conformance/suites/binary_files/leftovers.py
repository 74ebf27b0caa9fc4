"""Undoing what a run has left in a file service."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from conformance.judging.journal import Entry, Journal, same_address
from conformance.judging.matchers import CaseRecord
from conformance.suites.binary_files.driver import FileStore
from conformance.suites.binary_files.remote_file import RemoteFile

if TYPE_CHECKING:
    from conformance.config.target import Target
    from conformance.http.client import Client


def finish(target: Target, client: Client, entry: Entry) -> str:
    """Delete the file that an entry names.

    Returns:
        What went wrong; empty if it is gone.

    Raises:
        Stopped: it cannot be deleted; the message says why.
    """
    if target.file_service is None:
        return "the target file does not declare file_service"
    journal = Journal.open(entry.file.parent, entry.run)  # nothing is created, so nothing is written
    store = FileStore(target.file_service, client, CaseRecord(), journal)
    file = RemoteFile(store, unquote(entry.key), entry.key)
    if entry.undo is None or not same_address(entry.undo.url, file.url("delete")):
        return "the target file now means another file service"
    return store.remove(file, entry.state)
