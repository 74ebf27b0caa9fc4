"""`seasonproof proxy`: mitmproxy with all addons, from the first line it prints to its files and its exit code."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mitmproxy import exceptions, options
from mitmproxy.master import Master
from rich.console import Console

from conformance.documents import UsageProblem
from conformance.judging.verdict import ExitCode, exit_code
from conformance.reporting.other_statements import of_traffic
from conformance.rules.bearer_origins import origin_of
from proxy_addons import guard
from proxy_addons.all_addons import AllAddons
from proxy_addons.directions import directions
from proxy_addons.display import Lines, show_table
from proxy_addons.exchange_store import ExchangeStore
from proxy_addons.masters import QuietMaster
from proxy_addons.outputs import FINDINGS, HAR, closing, write_files
from proxy_addons.query_tokens import MODES

UIS = ("dump", "console", "web")
KINDS = ("regular", "reverse", "upstream", "local")

_CLEAR = ("save_stream_file", "hardump")
_LOCAL_NEEDS = "sudo or root and, on Linux, a kernel from 6.8 on with cgroup v2 at /sys/fs/cgroup"
_FULL = "more was heard than is kept to judge the client: what comes after it can't be judged, so nothing passes"
_COLUMNS = ["tls", "icon", "path", "method", "status", "comment", "size", "time"]


@dataclass(frozen=True, slots=True)
class ProxyOptions:
    """What was chosen on the command line, in the words of its options."""

    ui: str = "dump"
    mode: str = "regular"
    listen: str = "127.0.0.1:8080"
    on_leak: str = "mark"
    fail_closed: bool = False
    strict: bool = False
    origins: Sequence[str] = ()
    out: Path = Path("traffic-report")
    settings: Sequence[str] = ()
    keeper: ExchangeStore | None = None


def run(options: ProxyOptions, say: Callable[[str], None]) -> int:
    """Listen until interrupted, and leave the files of the session behind.

    Args:
        options: what was chosen on the command line.
        say: takes lines for the terminal.

    Returns:
        The exit code.

    Raises:
        UsageProblem: an option is wrong, the port is taken, the folder cannot be written.
    """
    host, port = _check(options)
    return asyncio.run(_Session(options, host, port, say).run())


class _Session:
    def __init__(self, options: ProxyOptions, host: str, port: int, say: Callable[[str], None]) -> None:
        self._options, self._host, self._port, self._say = options, host, port, say
        self._errors: list[str] = []
        self._collector = _Errors(self._errors)
        self._started = datetime.now(UTC)
        self._console = Console(highlight=False)
        self._live = options.ui == "dump" and self._console.is_terminal
        self._shown: asyncio.Task[None] | None = None
        self._lines = Lines(self._say_above if self._live else say)
        self._lines.setLevel(logging.WARNING if self._live else logging.INFO)

    async def run(self) -> int:
        logging.getLogger().addHandler(self._collector)
        logging.getLogger("mitmproxy.proxy.server").setLevel(logging.INFO)  # refused requests show in its lines alone
        together = AllAddons(lambda: self._ready(together), self._options.keeper)
        try:
            self._master = self._embedded(together)
            if self._options.ui == "console":
                self._point()
            await self._serve()
        except (exceptions.OptionsError, OSError) as error:
            raise UsageProblem([f"mitmproxy: {error}"]) from None
        finally:
            logging.getLogger().removeHandler(self._collector)
        if self._errors:
            needs = f"; local needs {_LOCAL_NEEDS}" if self._options.mode.startswith("local") else ""
            raise UsageProblem([f"mitmproxy did not start: {error}{needs}" for error in self._errors])
        code = self._close(together)
        if self._redirector.ended:
            why = f"{self._redirector.reason or 'what redirects traffic ended'}; it needs {_LOCAL_NEEDS}"
            raise UsageProblem([f"--mode: {self._options.mode}: {why}"])
        return code

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._master.shutdown)
        self._redirector = _Redirector(lambda: loop.call_soon_threadsafe(self._master.shutdown))
        try:
            with self._redirector.heard():
                await self._master.run()
        finally:
            logging.getLogger().removeHandler(self._lines)
            if self._shown is not None:
                self._shown.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await self._shown

    def _say_above(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False)

    def _embedded(self, together: AllAddons) -> Master:
        asked = self._options
        chosen = options.Options()
        chosen.set(*asked.settings, defer=True)
        chosen.update(mode=[asked.mode], listen_host=self._host, listen_port=self._port)
        master = _master(asked.ui, chosen)
        if (check := master.addons.get("errorcheck")) is not None:
            check.finish()  # it would end the process without a word to whoever embeds it
            master.addons.remove(check)
        master.addons.add(together)
        known = {
            "seasonproof_mode": asked.on_leak,
            "seasonproof_fail_closed": asked.fail_closed,
            "seasonproof_strict": asked.strict,
            "seasonproof_origins": list(asked.origins),
            "seasonproof_har": str(asked.out / HAR),
            "seasonproof_findings": str(asked.out / FINDINGS),
        }
        if asked.ui == "web":
            known |= {"web_open_browser": False, "web_columns": _COLUMNS}
        given = {setting.partition("=")[0] for setting in asked.settings}
        meant = {name: getattr(master.options, name) for name in guard.IMPLIED if name in given}
        master.options.update(**{name: value for name, value in known.items() if name not in given})
        problems = [
            f"--set: {name}={guard.shown(value)} lets something past the check; leave it out, or take --on-leak=mark"
            for name, value in meant.items()
            if getattr(master.options, name) != value
        ]
        problems += [f"--set: mitmproxy has no option {name}" for name in sorted(master.options.deferred)]
        if problems:
            raise UsageProblem(problems)
        return master

    def _ready(self, together: AllAddons) -> None:
        logging.getLogger().removeHandler(self._collector)
        if self._errors:
            self._master.shutdown()
        elif self._options.ui != "console":
            self._point()
            how = f"mode {self._options.mode}, on a leak: {self._options.on_leak}"
            if self._options.ui == "web":
                self._say(f"mitmweb         {self._master.web_url}")  # type: ignore[attr-defined] # a WebMaster
            self._say(f"listening on {self._host}:{self._port}, {how}; Ctrl-C ends it with a summary")
            if self._options.ui == "dump":
                logging.getLogger("proxy_addons").setLevel(logging.INFO)
                logging.getLogger().addHandler(self._lines)
            if self._live:
                self._shown = asyncio.get_running_loop().create_task(show_table(together.listening, self._console))

    def _point(self) -> None:
        ca = Path(self._master.options.confdir).expanduser() / "mitmproxy-ca-cert.pem"
        for line in directions(self._options.mode, self._host, self._port, ca):
            self._say(line)

    def _close(self, together: AllAddons) -> int:
        observation, out = together.listening.observation, self._options.out
        about = f"{observation.requests} requests, overheard in mode {self._options.mode.partition(':')[0]}"
        environment = {"suite": "seasonproof proxy", "profile": observation.profile.name, "targets": observation.name}
        statement = of_traffic(observation, about, self._started, datetime.now(UTC))
        files = write_files(out, observation, statement, environment)
        console = self._console
        console.soft_wrap = True
        for line in closing(observation, statement, console.width):
            style = " ".join(name for name in line.markup)
            console.print(
                f"{f' {line.text} ':{line.separator}^80}" if line.separator else line.text, style=style, markup=False
            )
        if self._options.keeper is not None and self._options.keeper.is_full:
            console.print(_FULL, style="yellow", markup=False)
        console.print("\n  ".join(["files:", *map(str, files)]), markup=False)
        if together.listening.leaked:
            return ExitCode.NOT_CONFORMANT
        return ExitCode.INTERNAL_ERROR if observation.unchecked else exit_code([observation.verdict(observation.name)])


class _Errors(logging.Handler):
    """Collects what goes wrong until mitmproxy listens."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._errors = errors

    def emit(self, record: logging.LogRecord) -> None:
        self._errors.append(record.getMessage().partition("\n")[0].rstrip("."))


class _Redirector(logging.Handler):
    """Hears what mitmproxy's redirector says in mode local. It is a process of its own, and mitmproxy goes on without.

    Attributes:
        ended: whether it has ended.
        reason: why, in its own words.
    """

    def __init__(self, end: Callable[[], object]) -> None:
        super().__init__()
        self.ended, self.reason = False, ""
        self._end = end

    @contextlib.contextmanager
    def heard(self) -> Iterator[None]:
        """Take its lines out of the log, where its verifier fills a screen."""
        logger = logging.getLogger("mitmproxy.packet_sources")
        logger.addHandler(self)
        logger.propagate = False
        try:
            yield
        finally:
            logger.removeHandler(self)
            logger.propagate = True

    def emit(self, record: logging.LogRecord) -> None:
        line = record.getMessage()
        if line.startswith("Error: "):
            self.reason = line.removeprefix("Error: ")
        elif self.reason and (cause := _CAUSE.fullmatch(line)):
            self.reason += f": {cause[1]}"
        elif " exited: " in line:
            self.ended = True
            self._end()


_CAUSE = re.compile(r" {4}\d: (.+)")  # a line of its stack has one blank less


def _master(ui: str, chosen: options.Options) -> Master:
    if ui == "console":
        from mitmproxy.tools.console.master import ConsoleMaster

        return ConsoleMaster(chosen)
    if ui == "web":
        from mitmproxy.tools.web.master import WebMaster

        return WebMaster(chosen, with_termlog=False)
    return QuietMaster(chosen)


def _check(options: ProxyOptions) -> tuple[str, int]:
    """Where to listen. Raises UsageProblem with everything that is wrong with the options."""
    problems: list[str] = []
    for option, value, allowed in (("--ui", options.ui, UIS), ("--on-leak", options.on_leak, MODES)):
        if value not in allowed:
            problems.append(f"{option}: {value!r} is none of {', '.join(allowed)}")
    if options.on_leak == "pause" and options.ui == "dump":
        problems.append("--on-leak: pause needs somebody to resume; add --ui=console or --ui=web")
    if options.ui == "console" and not sys.stdout.isatty():
        problems.append("--ui: console needs a terminal; take --ui=dump or --ui=web here")
    problems += _mode_problems(options.mode)
    for origin in options.origins:
        try:
            origin_of(origin)
        except ValueError as error:
            problems.append(f"--origin: {error}")
    problems += [
        f"--set: {name} writes credentials as they are; --out has a redacted HAR"
        for name in _CLEAR
        if any(setting.partition("=")[0] == name for setting in options.settings)
    ]
    address = _address(options.listen, problems)
    if problems:
        raise UsageProblem(problems)
    try:
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageProblem([f"--out: {options.out}: {error.strerror}"]) from None
    return address


def _mode_problems(mode: str) -> list[str]:
    if mode.partition(":")[0] not in KINDS:
        return [f"--mode: {mode!r} is none of regular, reverse:URL, upstream:URL, local or local:PROGRAM"]
    try:
        if not guard.carries_http(mode):
            return [f"--mode: {mode}: nothing but HTTP can be checked; reverse takes http, https and http3"]
    except ValueError as error:
        return [f"--mode: {mode}: {error}"]
    return []


def _address(listen: str, problems: list[str]) -> tuple[str, int]:
    host, _, number = listen.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not number.isdigit() or int(number) > 65535:
        problems.append(f"--listen: {listen!r} is neither a port nor host:port, such as 127.0.0.1:8080")
        return host, 0
    try:
        with socket.create_server(
            (host, int(number)), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        ) as free:
            return host, int(free.getsockname()[1])
    except OSError as error:
        reason = str(error.strerror).partition(" (while")[0]
        problems.append(f"--listen: {listen} can't be used: {reason}; choose another, or port 0 for a free one")
        return host, 0
