"""Records what goes through mitmproxy without its credentials: a HAR at the end, and findings as they come.

Loads with `mitmdump -s recorder.py`, and comes with `seasonproof proxy`. While traffic goes by, only references are
kept; redacting and writing wait for the end. Bodies are not kept.
"""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from mitmproxy import command, ctx, exceptions, flow, http, types
from mitmproxy.addonmanager import Loader
from mitmproxy.log import ALERT

from conformance.exchange import Exchange, Request, Response, write_har
from conformance.overheard import evidence_of, redacted_text
from conformance.rules.url_tokens import Finding
from proxy_addons.listening import METADATA, Listening, listening

logger = logging.getLogger(__name__)

_KEPT = 1000  # exchanges with findings, which stay whatever comes after them
_LINES = 10_000  # of findings, so that no client fills the disk
_NOTHING: tuple[Finding, ...] = ()

type _Record = tuple[Any, ...]


class Recorder:
    """The addon."""

    name = "recorder"
    listening: Listening

    def __init__(self) -> None:
        self._recent: deque[_Record] = deque(maxlen=10_000)
        self._found: deque[_Record] = deque(maxlen=_KEPT)
        self._findings: IO[str] | None = None
        self._lines = 0

    def load(self, loader: Loader) -> None:
        """Declare the options."""
        self.listening = listening()
        loader.add_option("seasonproof_har", str, "", "Write a redacted HAR of the latest exchanges at the end.")
        loader.add_option("seasonproof_findings", str, "", "Write findings as JSON lines, as they come.")
        loader.add_option("seasonproof_kept", int, 10_000, "How many exchanges are kept for the HAR.")

    def configure(self, updated: set[str]) -> None:
        """Take the options over, and open what is written as it comes."""
        if "seasonproof_kept" in updated:
            if ctx.options.seasonproof_kept < 0:
                raise exceptions.OptionsError("seasonproof_kept: must be 0 or more")
            self._recent = deque(self._recent, maxlen=ctx.options.seasonproof_kept)
        for option in ("seasonproof_har", "seasonproof_findings"):
            path = getattr(ctx.options, option)
            if option in updated and path and not Path(path).absolute().parent.is_dir():
                raise exceptions.OptionsError(f"{option}: {path}: there is no such folder; make it first")
        if "seasonproof_findings" in updated:
            self._close()
            if ctx.options.seasonproof_findings:
                try:
                    self._findings = Path(ctx.options.seasonproof_findings).open("w", encoding="utf-8")  # noqa: SIM115 - closed by done
                except OSError as error:
                    said = f"seasonproof_findings: {ctx.options.seasonproof_findings}: {error.strerror}"
                    raise exceptions.OptionsError(said) from None

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Hear the request, if no other addon has."""
        self.listening.request(flow)

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """Hear the answer, if no other addon has."""
        self.listening.response(flow)

    def response(self, flow: http.HTTPFlow) -> None:
        """Keep what is over."""
        asked, came = flow.request.data, flow.response.data  # type: ignore[union-attr] # it has come
        found = self.listening.found_in.pop(flow, _NOTHING) if self.listening.found_in else _NOTHING
        record = (
            asked.method, asked.scheme, asked.host, asked.port, asked.path, asked.headers.fields, asked.timestamp_start,
            came.status_code, came.http_version, came.headers.fields, came.timestamp_end, "",
        )  # fmt: skip
        if found:
            self._keep(record, found)
        else:
            self._recent.append(record)

    def error(self, flow: http.HTTPFlow) -> None:
        """Keep what failed, or was dropped."""
        asked = flow.request.data
        found = self.listening.found_in.pop(flow, _NOTHING)
        problem = flow.error.msg if flow.error else "no answer"
        record = (
            asked.method, asked.scheme, asked.host, asked.port, asked.path, asked.headers.fields, asked.timestamp_start,
            0, b"", (), None, problem,
        )  # fmt: skip
        if found:
            self._keep(record, found)
        else:
            self._recent.append(record)

    def done(self) -> None:
        """Write what waited for the end."""
        if ctx.options.seasonproof_har:
            path = Path(ctx.options.seasonproof_har)
            write_har(path, (evidence_of(exchange) for exchange in self.exchanges()))
            path.chmod(0o600)
        self._close()

    def exchanges(self) -> Iterator[Exchange]:
        """What was kept, oldest first, with its credentials."""
        for record in sorted([*self._found, *self._recent], key=lambda record: record[6]):
            yield _exchange(record)

    @command.command("seasonproof.export")
    def export(self, flows: Sequence[flow.Flow], path: types.Path) -> None:
        """Write these flows as a redacted HAR; what ends in .jsonl gets their findings."""
        chosen = [one for one in flows if isinstance(one, http.HTTPFlow)]
        if str(path).endswith(".jsonl"):
            found = [
                json.dumps(finding, ensure_ascii=False) for one in chosen for finding in one.metadata.get(METADATA, ())
            ]
            Path(path).write_text("".join(f"{line}\n" for line in found), "utf-8")
        else:
            write_har(Path(path), (evidence_of(_exchange_of(one)) for one in chosen))
        logger.log(ALERT, "%d flows written to %s", len(chosen), path)

    # ---------------------------------------------------------------- details

    def _keep(self, record: _Record, found: tuple[Finding, ...]) -> None:
        self._found.append(record)
        exchange = _exchange(record)
        self.listening.observation.witnessed(found, exchange)
        if self._findings is None or self._lines >= _LINES:
            return
        for finding in found:
            self._lines += 1
            line = {
                "time": exchange.started.isoformat(),
                **asdict(finding),
                "level": str(finding.level),
                "method": exchange.request.method,
                "url": redacted_text(exchange.request.url),
                "status": record[7],
            }
            self._findings.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._findings.flush()

    def _close(self) -> None:
        if self._findings is not None:
            self._findings.close()
            self._findings = None


def _exchange_of(one: http.HTTPFlow) -> Exchange:
    asked = one.request.data
    head = (
        asked.method, asked.scheme, asked.host, asked.port, asked.path, asked.headers.fields, asked.timestamp_start,
    )  # fmt: skip
    if one.response is None:
        return _exchange((*head, 0, b"", (), None, one.error.msg if one.error else "no answer yet"))
    came = one.response.data
    return _exchange((*head, came.status_code, came.http_version, came.headers.fields, came.timestamp_end, ""))


def _exchange(record: _Record) -> Exchange:
    method, scheme, host, port, path, sent, started, status, version, came, ended, problem = record
    named = f"[{host}]" if ":" in host else host
    usual = {b"https": 443, b"http": 80}.get(scheme)
    url = f"{_text(scheme)}://{named}{'' if port == usual else f':{port}'}{_text(path)}"
    return Exchange(
        request=Request(_text(method), url, _headers(sent)),
        response=Response(status, _headers(came), http_version=_text(version)) if status else None,
        problem=problem,
        started=datetime.fromtimestamp(started, UTC),
        seconds=max(0.0, ended - started) if ended else 0.0,
    )


def _headers(fields: Sequence[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    return tuple((_text(name), _text(value)) for name, value in fields)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


addons = [Recorder()]
