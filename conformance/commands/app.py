"""The `seasonproof` command: what is not a pytest run."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from conformance.commands.reading import profile_option, reading, say
from conformance.documents import UsageProblem
from conformance.judging.verdict import ExitCode
from conformance.reporting.outputs import guard_standard_streams

_INTERRUPTED = 130  # as shells have it


class _Commands(click.Group):
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands in the order of their definition, each with all that it says of itself."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.help or "") for name, command in self.commands.items()])


@click.group(cls=_Commands, context_settings={"show_default": True, "max_content_width": 120})
@click.version_option(package_name="seasonproof", message="%(package)s %(version)s", help="print the version")
def app() -> None:
    """Shows, before a Salesforce release does, whether your systems still work with it.

    The suites themselves run in pytest: pytest --profile=winter26
    """


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a day or a time: write 2026-11-01 or 2026-11-01T10:30") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


_statement = click.option("--statement", type=Path, metavar="DIR", help="write statement.json and its page there")
_client_role = click.option(
    "--client-role",
    multiple=True,
    metavar="ROLE",
    help="judge the client too, by all that it did; api_client, …; may repeat",
)
_require = click.option(
    "--require", multiple=True, metavar="ID", help="judge the client by TIU-03, TIU or 'TIU-*' alone; may repeat"
)


@app.command()
@click.argument("url", metavar="[URL]", required=False, help="the address of your system")
@click.option(
    "--from",
    "source",
    metavar="FILE",
    help="read a HAR file, Postman collection, OpenAPI document or OData metadata, and send nothing",
)
@click.option("--check", metavar="TARGET", help="say of each credential of a target file whether it works")
@click.option("--name", help="what the target is called")
@click.option("--role", help="the role that you want to test, where several show")
@click.option("--collection", help="the collection of records that you want to test")
@click.option("--out", type=Path, help="the file; NAME.yaml if left out")
def init(
    url: str | None,
    source: str | None,
    check: str | None,
    name: str | None,
    role: str | None,
    collection: str | None,
    out: Path | None,
) -> ExitCode:
    """Write a target file: look at an address with a few safe requests, or read a capture or a document."""
    if check is not None:
        from conformance.commands.init.checking import check_credentials

        return ExitCode.CONFORMANT if check_credentials(check, click.echo) else ExitCode.NOT_CONFORMANT
    from conformance.commands.init import InitOptions
    from conformance.commands.init import init as write_target

    path = write_target(InitOptions(url, source, name, role, collection, out), _ask, click.echo)
    click.echo(f"written: {path}")
    click.echo(f"next: seasonproof init --check {path}, then pytest --profile=winter26 --target={path} --plan")
    return ExitCode.CONFORMANT


def _ask(question: str, answers: Sequence[str]) -> str:
    """Ask on a terminal; elsewhere the first answer is taken."""
    if not sys.stdin.isatty():
        return answers[0]
    for number, answer in enumerate(answers, 1):
        click.echo(f"  {number}  {answer}")
    number = click.prompt(f"{question} 1 to {len(answers)}", default=1, type=click.IntRange(1, len(answers)))
    return answers[number - 1]


@app.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("words", nargs=-1, metavar="[WORD...]", type=click.UNPROCESSED, help="what pytest takes")
def run(words: Sequence[str]) -> int:
    """Run the suites as pytest does, with its options: seasonproof run --target acme.yaml. The profile is winter26."""
    from conformance.commands.run import run_pytest

    names_a_profile = any(word == "--profile" or word.startswith("--profile=") for word in words)
    return run_pytest([*([] if names_a_profile else ["--profile=winter26"]), *words])


@app.command()
@click.argument("kind", default="target", help="target, waivers, profile, family, …")
def schema(kind: str) -> None:
    """Print the JSON Schema of a file that people write, for editors that work offline."""
    from conformance.documents.package_data import data_dir

    folder = data_dir("profiles") / "schema"
    known = sorted(path.name.removesuffix(".schema.json") for path in folder.glob("*.schema.json"))
    if kind not in known:
        raise UsageProblem([f"no schema is called {kind!r}; known: {', '.join(known)}"])
    click.echo((folder / f"{kind}.schema.json").read_text("utf-8"), nl=False)


@app.command()
@click.argument("identifier", metavar="ID", help="a requirement, such as SAB-01")
@profile_option
def explain(identifier: str, profile: str) -> None:
    """Say what a requirement demands, where it comes from, how to fix it, and what proves the check."""
    from conformance.reporting.explanation import explanation

    click.echo(explanation(profile, identifier))


@app.command()
@click.option("--variant", help="serve a variant of the reference; 'list' lists them")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8026, metavar="N", help="the port on loopback; 0 for a free one"
)
def serve(variant: str | None, port: int) -> None:
    """Serve the reference target on loopback, and print a target file for it."""
    from conformance.reference.serving import list_variants, serve_until_interrupted

    if variant == "list":
        click.echo(list_variants())
    else:
        serve_until_interrupted(variant, port, click.echo)


@app.command()
@click.argument("folder", type=Path, metavar="DIR", help="a folder of saved pages")
@click.option("--record", is_flag=True, help="write down what the pages say today")
@click.option("--list", "list_", is_flag=True, help="say which pages to save, and under which names")
@click.option("--digests", type=Path, help="what was recorded; DIR/sources.yaml if left out")
@profile_option
def sources(folder: Path, record: bool, list_: bool, digests: Path | None, profile: str) -> ExitCode:
    """Say which requirements rest on a page that has changed. Exit code 1: one does; 7: not all were looked at."""
    from conformance.commands import sources as command

    if record and list_:
        raise UsageProblem(["--record and --list exclude each other"])
    if list_:
        command.list_pages(profile, click.echo)
    elif record:
        command.record(folder, profile, digests, click.echo)
    else:
        return command.compare(folder, profile, digests, click.echo)
    return ExitCode.CONFORMANT


@app.command()
@click.option("--target", multiple=True, help="a target file with the credentials for the calls; may repeat")
@click.option("--dry-run", is_flag=True, help="say what would be called, without calling it")
@click.option("--done", multiple=True, metavar="ID", help="an entry, or a run, that you finished by hand; may repeat")
def cleanup(target: Sequence[str], dry_run: bool, done: Sequence[str]) -> ExitCode:
    """Clean up after an interrupted run, by its journal. Exit code 1: something is left."""
    from conformance.commands.cleanup import clean

    is_left = clean(target, dry_run=dry_run, done=done, say=click.echo)
    return ExitCode.NOT_CONFORMANT if is_left else ExitCode.CONFORMANT


@app.command()
@click.option("--ui", default="dump", help="dump, console or web: mitmproxy's interfaces")
@click.option("--mode", default="regular", help="regular, reverse:URL, upstream:URL or local, as in mitmproxy")
@click.option(
    "--listen",
    default="127.0.0.1:8080",
    metavar="[HOST:]PORT",
    help="the address to listen on; port 0 for a free one",
)
@click.option("--on-leak", default="mark", help="mark, pause or block a request with a credential in its URL")
@click.option("--fail-closed", is_flag=True, help="block what cannot be checked")
@click.option("--strict", is_flag=True, help="treat warnings like leaks")
@click.option("--origin", multiple=True, help="an origin that bearer tokens are meant for; may repeat")
@click.option("--out", type=Path, default="traffic-report", help="the folder for the files of the session")
@click.option("--set", "setting", multiple=True, metavar="NAME=VALUE", help="an option of mitmproxy")
@_client_role
@_require
def proxy(
    ui: str,
    mode: str,
    listen: str,
    on_leak: str,
    fail_closed: bool,
    strict: bool,
    origin: Sequence[str],
    out: Path,
    setting: Sequence[str],
    client_role: Sequence[str],
    require: Sequence[str],
) -> int:
    """Check live traffic for credentials in URLs while somebody clicks around (needs the extra 'proxy')."""
    from conformance.commands.proxy import listen as hear
    from conformance.commands.sequences import Sequences

    client = Sequences(client_role, require, strict)
    return hear(ui, mode, listen, on_leak, origin, out, setting, client, click.echo, fail_closed=fail_closed)


@app.command()
@click.argument("paths", nargs=-1, metavar="[PATH...]", help="files and folders; - for standard input")
@click.option("--format", "form", default="text", help="text, json, jsonl, sarif or markdown")
@click.option("--out", type=Path, help="the file of the report, instead of standard output")
@click.option("--baseline", help="accept what was there when this file was written")
@click.option("--write-baseline", help="write the places of what is found")
@click.option("--baseline-values", is_flag=True, help="let that file know the values too, as keyed hashes")
@click.option(
    "--import",
    "imported",
    multiple=True,
    metavar="FILE",
    help="accept what gitleaks, betterleaks or SARIF accept; may repeat",
)
@click.option("--allow", help="accept places, with a reason and a last day each")
@click.option("--redact", type=Path, help="write a copy of a HAR without its credentials")
@click.option("--strict", is_flag=True, help="let warnings fail")
@click.option(
    "--skip-unknown",
    multiple=True,
    metavar="NAME",
    help="skip what audit cannot read: png, .git, '*.bin'; may repeat",
)
@_statement
@_client_role
@_require
@click.option(
    "-j", "--jobs", type=click.IntRange(0), default=1, metavar="N", help="judge in so many processes; 0 for all cores"
)
@click.option("--git", multiple=True, metavar="REPO", help="judge the history of a git repository; may repeat")
@click.option("--since", type=_time, metavar="TIME", help="only what was written at this time (UTC) or later")
@click.option("--before", type=_time, metavar="TIME", help="only what was written before this time (UTC)")
@click.option("--min-size", metavar="SIZE", help="only what has so many bytes at least: 10MB")
@click.option("--max-size", metavar="SIZE", help="only what has so many bytes at most: 2GiB")
@click.option("--shard", metavar="I/N", help="only part I of N, by name")
@click.option("--journal", type=Path, help="note here what was judged, and do not judge it again; with --salt-file")
@click.option("--salt-file", type=Path, help="16 random bytes or more: the key of fingerprints")
@click.option("--merge", is_flag=True, help="join the journals of all shards")
@click.option(
    "--learned",
    type=Path,
    multiple=True,
    help="look for what these journals of other shards show too; may repeat",
)
@click.option("--engine", help="dask: judge on the cluster of --scheduler")
@click.option("--scheduler", metavar="ADDRESS", help="the scheduler of Dask: tcp://host:8786")
def audit(
    paths: Sequence[str],
    form: str,
    out: Path | None,
    baseline: str | None,
    write_baseline: str | None,
    baseline_values: bool,
    imported: Sequence[str],
    allow: str | None,
    redact: Path | None,
    strict: bool,
    skip_unknown: Sequence[str],
    statement: Path | None,
    client_role: Sequence[str],
    require: Sequence[str],
    jobs: int,
    git: Sequence[str],
    since: datetime | None,
    before: datetime | None,
    min_size: str | None,
    max_size: str | None,
    shard: str | None,
    journal: Path | None,
    salt_file: Path | None,
    merge: bool,
    learned: Sequence[Path],
    engine: str | None,
    scheduler: str | None,
) -> ExitCode:
    """Find credentials in the URLs of captures, logs, collections and API descriptions."""
    from conformance.commands.audit import AuditOptions, run
    from conformance.commands.audit_choice import Choice
    from conformance.commands.sequences import Sequences
    from conformance.traffic.audit.acceptance import Accepting

    accepting = Accepting(baseline, write_baseline, baseline_values, imported, allow)
    choice = Choice(since, before, min_size, max_size, shard, journal, salt_file, merge, engine, scheduler, learned)
    client = Sequences(client_role, require, strict)
    options = AuditOptions(
        paths, accepting, form, out, redact, strict, skip_unknown, statement, jobs, git, client, choice
    )
    return run(options, lambda text: click.echo(text, nl=False), lambda line: click.echo(line, err=True))


@app.command()
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE…", help="OpenAPI documents, JSON or YAML; - for standard input"
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    help="for people, for programs, or for code hosts",
)
@click.option("--strict", is_flag=True, help="a warning counts as an error")
@click.option(
    "--map",
    "mapped",
    multiple=True,
    metavar="TYPE=TYPE",
    help="a media type that the registration maps; may repeat",
)
@click.option("--allow", metavar="FILE", help="accept findings, with a reason and a last day each")
@click.option("--undocumented-version", is_flag=True, help="your org has registered OpenAPI 3.1")
@_statement
def lint_spec(
    files: Sequence[str],
    form: str,
    strict: bool,
    mapped: Sequence[str],
    allow: str | None,
    undocumented_version: bool,
    statement: Path | None,
) -> ExitCode:
    """Say whether Salesforce External Services registers a document, and which operations become binary actions."""
    from conformance.commands.lint_spec import LintOptions, lint

    options = LintOptions(form, strict, mapped, allow, undocumented_version, statement)
    registers = lint(files, options, say=say, warn=lambda line: click.echo(line, err=True))
    return ExitCode.CONFORMANT if registers else ExitCode.NOT_CONFORMANT


@app.command()
@click.argument("identifier", metavar="ID", help="the letters of a family and a new number: SAB-34")
def new_requirement(identifier: str) -> None:
    """Write the stubs of a new requirement into a checkout of seasonproof: its entry, its test and its fault."""
    from conformance.commands.new_requirement import stubs

    for stub in stubs(identifier, Path()):
        click.echo(f"{stub.path}:{stub.write()}")
    click.echo("docs/add-a-requirement.md says what to write there, and how to prove it.")


app.commands.update(reading.commands)


def main() -> None:
    """Run the command; what the user got wrong is one message and exit code 2, and so is output that gets lost."""
    guard_standard_streams()
    try:
        sys.exit(app(standalone_mode=False))
    except click.ClickException as mistake:
        mistake.show()
        sys.exit(mistake.exit_code)
    except click.Abort:
        sys.exit(_INTERRUPTED)
    except UsageProblem as problem:
        click.echo(str(problem), err=True)
        sys.exit(ExitCode.COMMAND_USAGE)
    except OSError as error:  # a disk that became full, a folder that went away
        click.echo(str(UsageProblem([f"{error.filename or 'seasonproof'}: {error.strerror or error}"])), err=True)
        sys.exit(ExitCode.COMMAND_USAGE)
    finally:
        _say_what_was_lost()


def _say_what_was_lost() -> None:
    if problem := getattr(sys.stdout, "problem", ""):
        click.echo(f"seasonproof: the output cannot be written: {problem}", err=True)
        sys.exit(ExitCode.COMMAND_USAGE)
