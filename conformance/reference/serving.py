"""Serving the reference in the foreground, for `seasonproof serve`."""

from __future__ import annotations

import signal
from collections.abc import Callable

from conformance.documents import UsageProblem
from conformance.reference.app import reference_app, target_file
from conformance.reference.server import Server
from conformance.reference.variants import variant as variant_named
from conformance.reference.variants import variants


def serve_until_interrupted(variant: str | None, port: int, say: Callable[[str], None]) -> None:
    """Serve the reference until SIGINT or SIGTERM.

    Args:
        variant: the name of a variant, or None for the correct reference.
        port: the port on loopback; 0 for a free one.
        say: takes the target file, and a line of comment around it.

    Raises:
        UsageProblem: the variant is unknown, or the port is taken.
    """
    role = variant_named(variant).role if variant else None
    app = reference_app(role)
    signals = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    with Server() as server:
        try:
            base_url = server.serve(app, port, role.framing if role else None)
        except OSError as error:
            raise UsageProblem(
                [f"--port: {port} can't be used: {error.strerror}; choose another, or 0 for a free one"]
            ) from None
        says = f", variant {variant}" if variant else ""
        say(f"# The reference target{says}, served at {base_url} until Ctrl-C. Its credentials are made up.")
        say("# Save this as reference.yaml, then: pytest --profile=winter26 --target=reference.yaml")
        say(target_file(base_url, variant=role))
        signal.sigwait(signals)


def list_variants() -> str:
    """All variants, one a line, with what they change and what catches them."""
    lines = []
    for name, found in variants().items():
        kind = ", ".join(sorted(found.kills)) if found.kills else "oddity, nothing fails"
        lines.append(f"{name:<40} {kind:<32} {found.says}")
    return "\n".join(lines)
