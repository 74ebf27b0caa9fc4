"""What is known of a client's run once it is over."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.redaction import VAULT


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run of a client that is over.

    Attributes:
        status: its exit code; negative for a signal; None where it was killed, at the limit of time or as was told; 0
            for a client that goes on running, or that a person drives.
        output: what it printed; of much, the beginning and the end.
        answer: what it answered to the call that had it act; a caller may be given a secret.
        last_lines: the last lines that it printed.
        arguments: the arguments of its processes, as they were seen.
        files: what it wrote into temporary files and into its folders, by name.
        unsearched: what of its output and its files was not kept, one phrase each.
        problem: why it could not be started; empty if it was.
        left: ids of processes that could not be killed.
        refused: origins that it asked for and that a proxy did not lead anywhere.
        end: how the run ended, where the exit code alone does not say it.
        is_told: whether its end tells whether the work was done well.
    """

    status: int | None
    output: bytes = b""
    answer: bytes = b""
    last_lines: tuple[str, ...] = ()
    arguments: frozenset[bytes] = frozenset()
    files: tuple[tuple[str, bytes], ...] = ()
    unsearched: tuple[str, ...] = ()
    problem: str = ""
    left: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    end: str = ""
    is_told: bool = True

    @property
    def how(self) -> str:
        """How it ended, in one redacted phrase."""
        if self.problem:
            return self.problem
        printed = VAULT.shown("; ".join(self.last_lines), 600)
        told = VAULT.shown(self.end, 600) or self._usual_end
        if printed or self.is_told:  # what a person sees of a client, nobody else does
            told += f", and the client printed last: {printed}" if printed else ", and the client printed nothing"
        return f"{told}; {self.refusals}" if self.refused else told

    @property
    def went_well(self) -> bool:
        """Whether it ended as it does after work that was done."""
        return self.status == 0 and not self.end

    @property
    def refusals(self) -> str:
        """What the proxy refused, in one redacted phrase."""
        return f"the proxy refused {VAULT.shown(', '.join(self.refused), 300)}, which client.hosts does not name"

    @property
    def _usual_end(self) -> str:
        if self.status is None:
            return "it was killed at its time limit (client.timeout_seconds)"
        return f"it ended with exit code {self.status}" if self.is_told else "its work was taken for done"
