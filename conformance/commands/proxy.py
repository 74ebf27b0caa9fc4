"""`seasonproof proxy`: listens with mitmproxy, which is an extra, and judges the client when it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from conformance.commands.sequences import FOLDER, Sequences, graver
from conformance.documents import UsageProblem


def listen(
    ui: str,
    mode: str,
    address: str,
    on_leak: str,
    origins: Sequence[str],
    out: Path,
    settings: Sequence[str],
    client: Sequences,
    say: Callable[[str], None],
    *,
    fail_closed: bool,
) -> int:
    """Listen until interrupted, and return the exit code; the arguments are the options of the command.

    Raises:
        UsageProblem: an option is wrong, or mitmproxy is missing.
    """
    client.check()
    try:
        from proxy_addons.exchange_store import ExchangeStore
        from proxy_addons.session import ProxyOptions, run
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in ("mitmproxy", "mitmproxy_rs"):
            raise
        message = "seasonproof proxy needs mitmproxy, which is an extra: pip install 'seasonproof[proxy]'"
        raise UsageProblem([message]) from None
    kept = ExchangeStore() if client.roles else None
    options = ProxyOptions(ui, mode, address, on_leak, fail_closed, client.strict, origins, out, settings, kept)
    code = run(options, say)
    return graver(code, client.judge_kept(kept.write, out / FOLDER)) if kept is not None else code
