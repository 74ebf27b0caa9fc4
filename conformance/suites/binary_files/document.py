"""The OpenAPI document of a file service, with what a suite can claim about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.openapi_lint import Becomes
from conformance.rules.outcome import Inconclusive

if TYPE_CHECKING:
    from conformance.judging.matchers import CaseRecord
    from conformance.suites.binary_files.places import Places

_SHOWN = 3  # findings in one message
_UNDOCUMENTED = "whether External Services registers a document of OpenAPI 3.1 is not documented"


@dataclass(frozen=True, slots=True)
class Document:
    """The OpenAPI document."""

    case: CaseRecord
    places: Places

    def registers(self) -> None:
        """External Services is not documented to refuse anything in it."""
        report = self.places.report
        errors = report.of("error")
        for warning in report.of("warning"):
            self.case.note(f"line {warning.line}, {warning.pointer or '/'}: {warning.value}")
        told = "; ".join(
            f"line {one.line}, {one.pointer or '/'}: {one.value}: {one.rule.remedy}" for one in errors[:_SHOWN]
        )
        more = f"; and {len(errors) - _SHOWN} more" if len(errors) > _SHOWN else ""
        flaw = f"{told}{more}" if errors else None
        if report.is_undocumented:
            raise Inconclusive(_UNDOCUMENTED, "an OpenAPI document of 3.0\nor file_service.openapi_3_1: true")
        if report.to_map:
            self.case.note(f"registers after you map {', '.join(report.to_map)}")
        self.case.judge(flaw, "a document that External Services registers", "registers")

    def becomes_binary_actions(self) -> None:
        """The operation that uploads becomes a binary upload action, and the one that downloads a download action."""
        outlooks = {(one.path, one.method.lower()): one for one in self.places.report.operations}
        for each in self.case.each((("upload", Becomes.UPLOAD), ("download", Becomes.DOWNLOAD))):
            with each as (act, wanted):
                found = outlooks.get(self.places.declared(act))  # type: ignore[arg-type] # an Act by its name
                becomes = f"becomes {found.becomes}: {found.why}" if found else "is none that External Services knows"
                flaw = None if found and found.becomes is wanted else f"the operation that does the {act} {becomes}"
                self.case.judge(flaw, f"that it becomes a {wanted}", "binary-action")
