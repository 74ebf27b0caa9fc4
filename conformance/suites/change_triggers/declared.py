"""What a target file declares about a business system, or the line that it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from conformance.rules.outcome import NotTested

if TYPE_CHECKING:
    from conformance.config.roles import Access, BusinessSystem, RecordField
    from conformance.config.roles.business_system import FieldList, Poll, Transactions
    from conformance.config.roles.templates import Creation, Deletion, Reading, Update


def not_declared(field: str, example: str) -> NotTested:
    """What ends a case whose field the target file leaves out."""
    return NotTested(f"the target file does not say business_system.{field}", f"business_system.{field}: {example}")


class Declared:
    """The calls and fields of the role. Each raises NotTested where the target file lacks it."""

    role: BusinessSystem

    @property
    def creation(self) -> Creation:
        """How a record is created."""
        return self.role.create or _raise(not_declared("create", "{path: /accounts}"))

    @property
    def reading(self) -> Reading:
        """How a record is read."""
        return self.role.read or _raise(not_declared("read", "{path: '/accounts/{id}'}"))

    @property
    def updating(self) -> Update:
        """How a record is changed."""
        return self.role.update or _raise(not_declared("update", "{path: '/accounts/{id}'}"))

    @property
    def deletion(self) -> Deletion:
        """How a record is deleted."""
        return self.role.delete or _raise(not_declared("delete", "{path: '/accounts/{id}'}"))

    @property
    def polling(self) -> Poll:
        """How changes are asked for."""
        poll = self.role.poll or _raise(not_declared("poll", "{path: /accounts, query: {since: '{since}'}}"))
        if not poll.has("since"):
            raise not_declared("poll.query", "{since: '{since}'}")
        return poll

    @property
    def time_path(self) -> str:
        """Where a record has the time of its last change."""
        return self.role.modified or _raise(not_declared("modified", "$.modified"))

    @property
    def metadata(self) -> FieldList:
        """How the fields of the object are read."""
        return self.role.metadata or _raise(not_declared("metadata", "{path: /metadata}"))

    @property
    def transactions(self) -> Transactions:
        """How writes are held open."""
        return self.role.transactions or _raise(
            not_declared("transactions", "{begin: {path: …}, commit: {path: …}, header: X-Transaction}")
        )

    @property
    def stranger(self) -> Access:
        """The credentials of a caller without permission."""
        return self.role.without_permission or _raise(not_declared("without_permission", "{bearer: ${TOKEN}}"))

    @property
    def label(self) -> str:
        """The text field that shows what belongs to a test: the declared one, or the first text field."""
        texts = [name for name, about in self.role.fields.items() if about.type in ("string", "text")]
        if self.role.label is None and not texts:
            raise not_declared("fields", "{name: {type: string, required: true}}")
        return self.role.label or texts[0]

    def fields_of(self, *types: str) -> dict[str, RecordField]:
        """The fields of some types. Raises NotTested where there is none."""
        found = {name: about for name, about in self.role.fields.items() if about.type in types}
        if not found:
            raise not_declared("fields", f"{{name: {{type: {types[0]}}}}}")
        return found


def _raise(stopped: NotTested) -> NoReturn:
    raise stopped
