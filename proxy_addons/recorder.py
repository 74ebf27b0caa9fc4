"""Records what goes through mitmproxy without its credentials: a HAR at the end, and findings as they come.

Loads with `mitmdump -s recorder.py`, and comes with `seasonproof proxy`. While traffic goes by, heads are kept as they
are; redacting and writing wait for the end. Bodies are not kept.
"""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import msgspec
from mitmproxy import command, ctx, exceptions, flow, http, types
from mitmproxy.addonmanager import Loader
from mitmproxy.log import ALERT

from conformance.http.exchange import Exchange, Request, Response, write_har
from conformance.rules.url_tokens import Finding
from conformance.traffic.evidence import evidence_of, redacted_text
from conformance.traffic.observation import MOST_FINDINGS, place_of
from proxy_addons.logs import without_bytes
from proxy_addons.shared_observation import METADATA, SharedObservation, as_bytes, listening

logger = logging.getLogger(__name__)

_KEPT = 1000  # exchanges with findings, which stay whatever comes after them
_LINES = 10_000  # of findings, so that no client fills the disk; places that are new are written all the same
_NOTHING: tuple[Finding, ...] = ()


class _Record(msgspec.Struct, array_like=True, gc=False):
    """What is kept of a flow."""

    method: bytes
    scheme: bytes
    host: bytes
    port: int
    path: bytes
    sent: tuple[tuple[bytes, bytes], ...]
    started: float
    problem: bytes
    status: int = 0
    version: bytes = b""
    came: tuple[tuple[bytes, bytes], ...] = ()
    ended: float | None = None


# Packed, a flow is one small piece of memory; its hundreds of objects would push the proxy's own out of the caches.
_pack, _unpack = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder(_Record).decode


class Recorder:
    """The addon."""

    name = "recorder"
    listening: SharedObservation

    def __init__(self) -> None:
        self._recent: deque[bytes] = deque(maxlen=10_000)
        self._found: deque[bytes] = deque(maxlen=_KEPT)
        self._findings: IO[str] | None = None
        self._lines = 0
        self._places: set[tuple[str, ...]] = set()

    def load(self, loader: Loader) -> None:
        """Declare the options."""
        self.listening = listening()
        self.listening.apart = self._write_apart
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
        self.keep(flow)

    def error(self, flow: http.HTTPFlow) -> None:
        """Keep what failed, or was dropped."""
        self.keep(flow)

    def keep(self, flow: http.HTTPFlow) -> None:
        """Keep a flow that is over, after it was checked."""
        record = _pack(_record_of(flow))
        found = self.listening.found_in.pop(flow, _NOTHING) if self.listening.found_in else _NOTHING
        if found:
            self._witness(record, found)
        else:
            self._recent.append(record)

    def done(self) -> None:
        """Write what waited for the end; a flow that goes on until then is kept as far as it went."""
        for unfinished in list(self.listening.found_in):
            self.keep(unfinished)
        if ctx.options.seasonproof_har:
            path = Path(ctx.options.seasonproof_har)
            write_har(path, (evidence_of(exchange) for exchange in self.exchanges()))
            path.chmod(0o600)
        self._close()

    def exchanges(self) -> Iterator[Exchange]:
        """What was kept, oldest first, with its credentials."""
        records = [_unpack(record) for kept in (self._found, self._recent) for record in kept]
        yield from map(_exchange, sorted(records, key=lambda record: record.started))

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
            write_har(Path(path), (evidence_of(_exchange(_record_of(one))) for one in chosen))
        logger.log(ALERT, "%d flows written to %s", len(chosen), path)

    # ---------------------------------------------------------------- details

    def _witness(self, record: bytes, found: tuple[Finding, ...]) -> None:
        self._found.append(record)
        exchange = _exchange(_unpack(record))
        self.listening.observation.witnessed(found, exchange)
        about = {
            "method": exchange.request.method,
            "url": redacted_text(exchange.request.url),
            "status": exchange.response.status if exchange.response else 0,
        }
        self._write(found, exchange.started, about)

    def _write_apart(self, found: tuple[Finding, ...]) -> None:
        """Write findings of no flow that is under way: their URL came before, or was refused."""
        self._write(found, datetime.now(UTC), {})

    def _write(self, found: tuple[Finding, ...], when: datetime, about: dict[str, object]) -> None:
        if self._findings is None:
            return
        for finding in found:
            place = place_of(finding)
            if self._lines >= _LINES and (place in self._places or len(self._places) >= MOST_FINDINGS):
                continue
            self._places.add(place)
            self._lines += 1
            line = {"time": when.isoformat(), **finding._asdict(), "level": str(finding.level), **about}
            self._findings.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._findings.flush()

    def _close(self) -> None:
        if self._findings is not None:
            self._findings.close()
            self._findings = None


def _record_of(flow: http.HTTPFlow) -> _Record:
    asked, answer = flow.request.data, flow.response
    problem = b"" if answer else b"no answer yet"
    if flow.error is not None:
        problem = without_bytes(flow.error.msg).encode("utf-8", "replace")
    record = _Record(
        asked.method, asked.scheme, as_bytes(asked.host), asked.port, asked.path, asked.headers.fields,
        asked.timestamp_start, problem,
    )  # fmt: skip
    if answer is not None:
        came = answer.data
        record.status, record.version, record.came = came.status_code, came.http_version, came.headers.fields
        record.ended = came.timestamp_end
    return record


def _exchange(record: _Record) -> Exchange:
    host = _text(record.host)
    named = f"[{host}]" if ":" in host else host
    usual = {b"https": 443, b"http": 80}.get(record.scheme)
    port = "" if record.port == usual else f":{record.port}"
    url = f"{_text(record.scheme)}://{named}{port}{_text(record.path)}"
    answered = Response(record.status, _headers(record.came), http_version=_text(record.version))
    return Exchange(
        request=Request(_text(record.method), url, _headers(record.sent)),
        response=answered if record.status else None,
        problem=_text(record.problem),
        started=datetime.fromtimestamp(record.started, UTC),
        seconds=max(0.0, record.ended - record.started) if record.ended else 0.0,
    )


def _headers(fields: Sequence[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    return tuple((_text(name), _text(value)) for name, value in fields)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


addons = [Recorder()]
