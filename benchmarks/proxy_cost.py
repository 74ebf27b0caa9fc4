"""What the addons cost beside the same mitmproxy without them: `uv run python benchmarks/proxy_cost.py`.

Proxies run at once in front of one small server: mitmproxy without the addons, the mitmproxy of `seasonproof proxy`
without them, with addons that mark leaks, and with addons that block them. Each round sends the same requests through
all in turns and compares the CPU time that each took. No target comes twice, as in a client that reads one record after
another. Two more proxies time how long a request waits in their hooks, and what is checked between requests. Through
the one that blocks, `--blocked` requests with a credential are sent, and the server counts what arrives.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from statistics import median, quantiles

ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\nX-Request-Id: 4f2a\r\n\r\n"
    + b'{"done":true}'
)
TOKEN = "00D000000000001!AQ4AQ" + "made.up_token" * 7
HEADERS = (
    "User-Agent: benchmark/1.0 (made up)\r\nAccept: application/json\r\nAccept-Encoding: gzip\r\n"
    f"Authorization: Bearer {TOKEN}\r\nCookie: theme=dark; lang=en; _ga=GA1.2.1234567890.1234567890\r\n"
    "Referer: https://acme.example.com/lightning/page/home\r\n"
)
BENIGN = (
    "/services/data/v65.0/sobjects/Account/001{:012}AAA",
    "/services/data/v65.0/query?q=SELECT+Id,Name+FROM+Account+WHERE+Name+LIKE+%27A%25%27+LIMIT+{}",
    "/services/data/v65.0/query/01g{:012}-2000",
    "/api/items?pageToken=eyJvZmZzZXQiOjIwMH0&pageSize={}&sort=-created",
    "/oauth/callback-page?redirect=https%3A%2F%2Facme.example.com%2Fhome%3Ftab%3D{}&state=abc",
    "/assets/app.{:012x}.js",
)
NUMBERS = count(1)
CONNECTIONS = 4
HOOKS = ("requestheaders", "request", "responseheaders", "response", "_catch_up")
LIMITS = {"marking": (10.0, 50.0), "blocking": (15.0, 60.0)}
"""Microseconds that a request may wait in the hooks: p50 and p99."""
LIMIT_RATIO = 1.03
WITHOUT = {"plain": "mitmproxy without addons", "bare": "the command's mitmproxy without addons"}


# ------------------------------------------------------------------ processes


async def serve_answers() -> None:
    """A server that answers everything, and counts."""
    arrived = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal arrived
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if head.startswith(b"GET /how-many"):
                    said = str(arrived).encode()
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said))
                    continue
                arrived += 1
                writer.write(ANSWER)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def serve_proxy(kind: str) -> None:
    """A mitmproxy: `plain`, `bare` as the command runs it, or with addons that are `marking` or `blocking`.

    Those with addons may be `-timed`.
    """
    from mitmproxy import options
    from mitmproxy.tools.dump import DumpMaster

    from proxy_addons.masters import QuietMaster

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    chosen = options.Options()
    chosen.update(listen_host="127.0.0.1", listen_port=port)
    plain = kind == "plain"
    master = DumpMaster(chosen, with_termlog=False, with_dumper=False) if plain else QuietMaster(chosen)
    logging.getLogger("mitmproxy.proxy.server").setLevel(logging.INFO)
    spent: dict[str, list[int]] = {}
    if kind not in WITHOUT:
        from proxy_addons.all_addons import AllAddons

        together = AllAddons(lambda: None)
        if kind.endswith("-timed"):
            for hook in HOOKS:
                setattr(together, hook, timed(getattr(together, hook), spent.setdefault(hook, [])))
        master.addons.add(together)
        har = Path(tempfile.mkdtemp()) / "traffic.har"
        chosen.update(seasonproof_har=str(har), seasonproof_mode="block" if kind.startswith("blocking") else "mark")

    class Ready:
        """Says the port, and at the end the times."""

        def running(self) -> None:
            """Say that it listens."""
            print(port, flush=True)

    master.addons.add(Ready())
    asyncio.get_running_loop().add_signal_handler(15, master.shutdown)
    await master.run()
    if spent:
        print(json.dumps(spent), flush=True)


def timed(hook, spent):  # type: ignore[no-untyped-def] # wraps any hook
    """A hook that notes how many nanoseconds it takes."""

    def run(*given):  # type: ignore[no-untyped-def]
        started = time.perf_counter_ns()
        hook(*given)
        spent.append(time.perf_counter_ns() - started)

    return run


@contextmanager
def process(kind: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """This script as a server; yields the process and its port."""
    command = [sys.executable, __file__, f"--serve={kind}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as started:
        try:
            assert started.stdout is not None
            yield started, int(started.stdout.readline())
        finally:
            started.terminate()


# ------------------------------------------------------------------ measuring


class Client:
    """A client of a proxy on one connection that stays open."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, upstream: int, target: str, body: bytes = b"") -> bytes:
        """The head and the body of the answer."""
        method = "POST" if body else "GET"
        size = f"Content-Length: {len(body)}\r\n" if body else ""
        server = f"127.0.0.1:{upstream}"
        head = f"{method} http://{server}{target} HTTP/1.1\r\nHost: {server}\r\n{HEADERS}{size}\r\n"
        self._socket.sendall(head.encode() + body)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._more()
        known, _, rest = answer.partition(b"\r\n\r\n")
        length = next(int(line[15:]) for line in known.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        while len(rest) < length:
            rest += self._more()
        return known + b"\r\n\r\n" + rest

    def _more(self) -> bytes:
        more = self._socket.recv(65536)
        if not more:
            raise ConnectionError("the proxy closed the connection")
        return more


def send(clients: list[Client], upstream: int, requests: int) -> None:
    """Send so many benign requests over all connections at once, so that the proxy never waits."""

    def part(client: Client) -> None:
        for n in range(requests // len(clients)):
            client.get(upstream, BENIGN[n % len(BENIGN)].format(next(NUMBERS)))

    with ThreadPoolExecutor(len(clients)) as pool:
        list(pool.map(part, clients))


def cpu_seconds(pid: int) -> float:
    """The CPU time of a process so far, by the scheduler's own count."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


type Spent = dict[str, list[float]]


def rounds(proxies: dict[str, tuple[int, int]], upstream: int, count: int, requests: int) -> Spent:
    """CPU microseconds per request of each proxy, round by round.

    Args:
        proxies: process and port of each, by its kind.
        upstream: the port of the server.
        count: how many rounds.
        requests: how many requests through each proxy in a round.
    """
    clients = {kind: [Client(port) for _ in range(CONNECTIONS)] for kind, (_, port) in proxies.items()}
    found: Spent = {kind: [] for kind in proxies}
    for number in range(count + 1):
        spent = dict.fromkeys(clients, 0.0)
        turns = list(clients)
        for _ in range(10):  # short turns, so that whatever disturbs the machine disturbs all
            random.shuffle(turns)
            for kind in turns:
                before = cpu_seconds(proxies[kind][0])
                send(clients[kind], upstream, requests // 10)
                spent[kind] += cpu_seconds(proxies[kind][0]) - before
        for kind, seconds in spent.items():
            if number or not count:  # the first one warms the caches
                found[kind].append(seconds / requests * 1e6)
    return found


def times_of(proxy: subprocess.Popen[str], port: int, upstream: int, requests: int) -> dict[str, list[int]]:
    """The nanoseconds that each hook took for benign requests through a proxy, which ends then."""
    send([Client(port) for _ in range(CONNECTIONS)], upstream, requests)
    proxy.terminate()
    assert proxy.stdout is not None
    found: dict[str, list[int]] = json.loads(proxy.stdout.readline())
    return found


def percentile(found: list[float] | list[int]) -> float:
    """The value that 99 of 100 do not pass."""
    return quantiles(found, n=100)[98]


def blocked(upstream: int, port: int, count: int) -> int:
    """How many of so many requests with a credential were refused; one of 500 has a large body."""
    client = Client(port)
    refused = 0
    for n in range(count):
        body = b"x" * 2_000_000 if n % 500 == 499 else b"x" * (n % 3)
        target = f"/services/oauth2/singleaccess?access_token={TOKEN}&n={n}"
        refused += client.get(upstream, target, body).startswith(b"HTTP/1.1 400")
    return refused


def arrived(upstream: int, port: int) -> int:
    """How many requests the server has seen."""
    return int(Client(port).get(upstream, "/how-many").rpartition(b"\r\n\r\n")[2])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--requests", type=int, default=2000, help="in each round, through each proxy")
    parser.add_argument("--blocked", type=int, default=10_000, help="requests with a credential")
    arguments = parser.parse_args()
    if arguments.serve:
        asyncio.run(serve_answers() if arguments.serve == "answers" else serve_proxy(arguments.serve))
        return
    with ExitStack() as stack:
        _, upstream = stack.enter_context(process("answers"))
        kinds = (*WITHOUT, *LIMITS, *(f"{kind}-timed" for kind in LIMITS))
        started = {kind: stack.enter_context(process(kind)) for kind in kinds}
        compared = {kind: (started[kind][0].pid, started[kind][1]) for kind in (*WITHOUT, *LIMITS)}
        spent = rounds(compared, upstream, arguments.rounds, arguments.requests)
        times = {kind: times_of(*started[f"{kind}-timed"], upstream, arguments.requests) for kind in LIMITS}
        before = arrived(upstream, started["plain"][1])
        refused = blocked(upstream, started["blocking"][1], arguments.blocked)
        after = arrived(upstream, started["plain"][1])
    for kind in LIMITS:
        for other, called in WITHOUT.items():
            ratios = [a / b for a, b in zip(spent[kind], spent[other], strict=True)]
            ratio, limit = median(ratios), LIMIT_RATIO if other == "plain" else None
            say(f"CPU per request, {kind} / {called}", f"{ratio:.3f} x", limit is None or ratio <= limit, limit)
            print(f"  from {min(ratios):.3f} to {max(ratios):.3f} x in {len(ratios)} rounds")
    print("  medians: " + ", ".join(f"{kind} {median(found):.0f} µs" for kind, found in spent.items()))
    for kind, limits in LIMITS.items():
        *hooks, between = (times[kind][hook] for hook in HOOKS)
        whole = [sum(each) / 1000 for each in zip(*hooks, strict=True)]
        for name, figure, limit in zip(("p50", "p99"), (median(whole), percentile(whole)), limits, strict=True):
            say(f"all hooks of one benign request, {kind}, {name}", f"{figure:.1f} µs", figure <= limit, limit)
        for hook, found in zip(HOOKS, hooks, strict=False):
            print(f"  {hook}: p50 {median(found) / 1000:.1f} µs, p99 {percentile(found) / 1000:.1f} µs")
        if between:
            print(f"  checked between requests: {sum(between) / 1000 / len(whole):.1f} µs for each")
    say(f"requests that reached the server, of {refused} refused", str(after - before), after == before, 0)


def say(what: str, figure: str, kept: bool, limit: float | None) -> None:
    """Print one figure with its limit."""
    shown = "" if limit is None else f"limit {limit:g}"
    print(f"{what:<68}{figure:>10}  {shown}{'' if kept else '  MISSED'}".rstrip())


if __name__ == "__main__":
    main()
