"""Rotation clients that are unusual and correct."""

from __future__ import annotations

import json
from typing import Any

from conformance.reference.clients.http import setting
from conformance.reference.clients.rotation import FileStore, Pair, Rotation, pair_of
from conformance.reference.clients.variants import oddity


@oddity("ROC-01")
class NeverDeletes(Rotation):
    """It waits until a former pair has ended by itself, whoever orders what."""

    def may_delete(self, former: dict[str, Any]) -> bool:
        return False


class _Lines(FileStore):
    def read(self) -> Pair:
        text = self.path.read_text("utf-8")
        if text.startswith("{"):
            found: Pair = json.loads(text)
            return found
        return dict(line.split("=", 1) for line in text.splitlines())

    def write(self, pair: Pair) -> None:
        new = self.path.with_suffix(".new")
        new.write_text("".join(f"{name}={value}\n" for name, value in pair.items()), "utf-8")
        new.replace(self.path)


@oddity()
class WritesLines(Rotation):
    """Its store is a file of lines."""

    def __init__(self) -> None:
        super().__init__()
        self.store = _Lines(setting("STORE_FILE"))


@oddity()
class KnowsTheApp(Rotation):
    """It is told the identifier of the app, and looks for none."""

    def app(self) -> str:
        return setting("APP_ID")


@oddity()
class ProvesAgainAfterTheRotation(Rotation):
    """It proves the new pair once more when it is the main one."""

    def make_main(self, consumer: str, new: dict[str, Any]) -> None:
        super().make_main(consumer, new)
        self.prove(pair_of(new))
