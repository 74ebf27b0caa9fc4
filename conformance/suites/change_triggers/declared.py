"""What a target file declares about a business system, or the line that it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from conformance.judging.applicability import lacking

if TYPE_CHECKING:
    from conformance.config.roles import Access, BusinessSystem, RecordField
    from conformance.config.roles.business_system import FieldList, Poll, RateLimit, Transactions
    from conformance.config.roles.record_fields import FieldType
    from conformance.config.roles.templates import BulkCreation, Creation, Deletion, Reading, Undeletion, Update, Upsert


_FEATURES: dict[FieldType, str] = {
    "string": "strings",
    "text": "texts",
    "integer": "integers",
    "decimal": "decimals",
    "percent": "decimals",
    "boolean": "booleans",
    "date": "dates",
    "time": "times_of_day",
    "datetime": "datetimes",
    "enumeration": "enumerations",
    "multi_enumeration": "multi_enumerations",
    "email": "formatted_texts",
    "phone": "formatted_texts",
    "url": "formatted_texts",
    "lookup": "lookups",
    "currency": "structures",
    "address": "structures",
    "geolocation": "structures",
}


class Declared:
    """The calls and fields of the role. Each raises NotTested where the target file lacks it."""

    role: BusinessSystem

    @property
    def creation(self) -> Creation:
        """How a record is created."""
        return self.role.create or self._lacking("creation")

    @property
    def bulk_creation(self) -> BulkCreation:
        """How several records are created in one write."""
        return self.role.create_many or self._lacking("bulk_creation")

    @property
    def upserting(self) -> Upsert:
        """How a record is written by its external id."""
        return self.role.upsert or self._lacking("upserts")

    @property
    def reading(self) -> Reading:
        """How a record is read."""
        return self.role.read or self._lacking("reading")

    @property
    def updating(self) -> Update:
        """How a record is changed."""
        return self.role.update or self._lacking("updates")

    @property
    def deletion(self) -> Deletion:
        """How a record is deleted."""
        return self.role.delete or self._lacking("deletion")

    @property
    def undeletion(self) -> Undeletion:
        """How a deleted record is brought back."""
        return self.role.undelete or self._lacking("undeletion")

    @property
    def polling(self) -> Poll:
        """How changes are asked for."""
        poll = self.role.poll
        return poll if poll is not None and poll.has("since") else self._lacking("polling")

    @property
    def time_path(self) -> str:
        """Where a record has the time of its last change."""
        return self.role.modified or self._lacking("times")

    @property
    def metadata(self) -> FieldList:
        """How the fields of the object are read."""
        return self.role.metadata or self._lacking("metadata")

    @property
    def transactions(self) -> Transactions:
        """How writes are held open."""
        return self.role.transactions or self._lacking("transactions")

    @property
    def stranger(self) -> Access:
        """The credentials of a caller without permission."""
        return self.role.without_permission or self._lacking("permissions")

    @property
    def outsider(self) -> Access:
        """The credentials of a caller who may not even read."""
        return self.role.without_access or self._lacking("access_control")

    @property
    def label(self) -> str:
        """The text field that shows what belongs to a test: the declared one, or the first text field."""
        texts = [name for name, about in self.role.fields.items() if about.type in ("string", "text")]
        if self.role.label is None and not texts:
            self._lacking("label")
        return self.role.label or texts[0]

    @property
    def rate_limit(self) -> RateLimit:
        """How many writes in a row are too many."""
        return self.role.rate_limit or self._lacking("rate_limits")

    def fields_of(self, *types: FieldType) -> dict[str, RecordField]:
        """The fields of some types. Raises NotTested where there is none."""
        found = {name: about for name, about in self.role.fields.items() if about.type in types}
        features = {_FEATURES[kind] for kind in types}
        of_several = "label" if "string" in types else "ranges"
        return found or self._lacking(features.pop() if len(features) == 1 else of_several)

    def _lacking(self, feature: str, why: str = "") -> NoReturn:
        raise lacking(self.role, feature, why)
