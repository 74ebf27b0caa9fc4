"""The `seasonproof` command: what is not a pytest run."""

from __future__ import annotations

import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from conformance.commands.reading import app as reading
from conformance.commands.reading import say
from conformance.documents import UsageProblem
from conformance.judging.verdict import ExitCode
from conformance.reporting.outputs import guard_standard_streams

if TYPE_CHECKING:
    from collections.abc import Sequence

app = typer.Typer(
    name="seasonproof",
    help="Shows, before a Salesforce release does, whether your systems still work with it. "
    "The suites themselves run in pytest: pytest --profile=winter26",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib import metadata

        typer.echo(f"seasonproof {metadata.version('seasonproof')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    pass


StatementFolder = Annotated[
    Path | None, typer.Option("--statement", metavar="DIR", help="write statement.json and its page there")
]


ClientRoles = Annotated[
    list[str], typer.Option(metavar="ROLE", help="judge the client too, by all that it did; api_client, …; may repeat")
]
Required = Annotated[
    list[str], typer.Option(metavar="ID", help="judge the client by TIU-03, TIU or 'TIU-*' alone; may repeat")
]


@app.command()
def init(
    url: Annotated[str | None, typer.Argument(metavar="URL", help="the address of your system")] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="read a HAR file, Postman collection, OpenAPI document or OData metadata, and send nothing",
        ),
    ] = None,
    check: Annotated[
        str | None, typer.Option(metavar="TARGET", help="say of each credential of a target file whether it works")
    ] = None,
    name: Annotated[str | None, typer.Option(help="what the target is called")] = None,
    role: Annotated[str | None, typer.Option(help="the role that you want to test, where several show")] = None,
    collection: Annotated[str | None, typer.Option(help="the collection of records that you want to test")] = None,
    out: Annotated[Path | None, typer.Option(help="the file; NAME.yaml if left out")] = None,
) -> None:
    """Write a target file: look at an address with a few safe requests, or read a capture or a document."""
    if check is not None:
        from conformance.commands.init.checking import check_credentials

        if not check_credentials(check, typer.echo):
            raise typer.Exit(ExitCode.NOT_CONFORMANT)
        return
    from conformance.commands.init import InitOptions
    from conformance.commands.init import init as write_target

    path = write_target(InitOptions(url, source, name, role, collection, out), _ask, typer.echo)
    typer.echo(f"written: {path}")
    typer.echo(f"next: seasonproof init --check {path}, then pytest --profile=winter26 --target={path} --plan")


def _ask(question: str, answers: Sequence[str]) -> str:
    """Ask on a terminal; elsewhere the first answer is taken."""
    if not sys.stdin.isatty():
        return answers[0]
    for number, answer in enumerate(answers, 1):
        typer.echo(f"  {number}  {answer}")
    given = 0
    while not 0 < given <= len(answers):
        given = typer.prompt(f"{question} 1 to {len(answers)}", default=1, type=int)
    return answers[given - 1]


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def run(context: typer.Context) -> None:
    """Run the suites as pytest does, with its options: seasonproof run --target acme.yaml. The profile is winter26."""
    from conformance.commands.running import run_pytest

    names_a_profile = any(word == "--profile" or word.startswith("--profile=") for word in context.args)
    raise typer.Exit(run_pytest([*([] if names_a_profile else ["--profile=winter26"]), *context.args]))


@app.command()
def schema(kind: Annotated[str, typer.Argument(help="target, waivers, profile, family, …")] = "target") -> None:
    """Print the JSON Schema of a file that people write, for editors that work offline."""
    from conformance.documents.package_data import data_dir

    folder = data_dir("profiles") / "schema"
    known = sorted(path.name.removesuffix(".schema.json") for path in folder.glob("*.schema.json"))
    if kind not in known:
        raise UsageProblem([f"no schema is called {kind!r}; known: {', '.join(known)}"])
    typer.echo((folder / f"{kind}.schema.json").read_text("utf-8"), nl=False)


@app.command()
def explain(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="a requirement, such as SAB-01")],
    profile: Annotated[str, typer.Option(help="a built-in profile or a file")] = "winter26",
) -> None:
    """Say what a requirement demands, where it comes from, how to fix it, and what proves the check."""
    from conformance.reporting.explanation import explanation

    typer.echo(explanation(profile, identifier))


@app.command()
def serve(
    variant: Annotated[str | None, typer.Option(help="serve a variant of the reference; 'list' lists them")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="the port on loopback; 0 for a free one")] = 8026,
) -> None:
    """Serve the reference target on loopback, and print a target file for it."""
    from conformance.reference.serving import list_variants, serve_until_interrupted

    if variant == "list":
        typer.echo(list_variants())
    else:
        serve_until_interrupted(variant, port, typer.echo)


@app.command()
def sources(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="a folder of saved pages")],
    record: Annotated[bool, typer.Option("--record", help="write down what the pages say today")] = False,
    list_: Annotated[bool, typer.Option("--list", help="say which pages to save, and under which names")] = False,
    digests: Annotated[Path | None, typer.Option(help="what was recorded; DIR/sources.yaml if left out")] = None,
    profile: Annotated[str, typer.Option(help="a built-in profile or a file")] = "winter26",
) -> None:
    """Say which requirements rest on a page that has changed. Exit code 1: one does; 7: not all were looked at."""
    from conformance.commands import sources as command

    if record and list_:
        raise UsageProblem(["--record and --list exclude each other"])
    if list_:
        command.list_pages(profile, typer.echo)
    elif record:
        command.record(folder, profile, digests, typer.echo)
    else:
        raise typer.Exit(command.compare(folder, profile, digests, typer.echo))


@app.command()
def cleanup(
    target: Annotated[
        list[str], typer.Option(help="a target file with the credentials for the calls; may repeat")
    ] = [],  # noqa: B006 - Typer's way to a list
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would be called, without calling it")] = False,
    done: Annotated[
        list[str], typer.Option(metavar="ID", help="an entry, or a run, that you finished by hand; may repeat")
    ] = [],  # noqa: B006 - as above
) -> None:
    """Clean up after an interrupted run, by its journal. Exit code 1: something is left."""
    from conformance.commands.cleanup import clean

    if clean(target, dry_run=dry_run, done=done, say=typer.echo):
        raise typer.Exit(ExitCode.NOT_CONFORMANT)


@app.command()
def proxy(
    ui: Annotated[str, typer.Option(help="dump, console or web: mitmproxy's interfaces")] = "dump",
    mode: Annotated[str, typer.Option(help="regular, reverse:URL, upstream:URL or local, as in mitmproxy")] = "regular",
    listen: Annotated[
        str, typer.Option(metavar="[HOST:]PORT", help="the address to listen on; port 0 for a free one")
    ] = "127.0.0.1:8080",
    on_leak: Annotated[str, typer.Option(help="mark, pause or block a request with a credential in its URL")] = "mark",
    fail_closed: Annotated[bool, typer.Option("--fail-closed", help="block what cannot be checked")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="treat warnings like leaks")] = False,
    origin: Annotated[list[str], typer.Option(help="an origin that bearer tokens are meant for; may repeat")] = [],  # noqa: B006 - Typer's way to a list
    out: Annotated[Path, typer.Option(help="the folder for the files of the session")] = Path("traffic-report"),
    setting: Annotated[list[str], typer.Option("--set", metavar="NAME=VALUE", help="an option of mitmproxy")] = [],  # noqa: B006 - as above
    client_role: ClientRoles = [],  # noqa: B006 - as above
    require: Required = [],  # noqa: B006 - as above
) -> None:
    """Check live traffic for credentials in URLs while somebody clicks around (needs the extra 'proxy')."""
    from conformance.commands.proxy import listen as hear
    from conformance.commands.sequences import Sequences

    client = Sequences(client_role, require, strict)
    code = hear(ui, mode, listen, on_leak, origin, out, setting, client, typer.echo, fail_closed=fail_closed)
    raise typer.Exit(code)


@app.command()
def audit(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH...]", help="files and folders; - for standard input")
    ] = None,
    format: Annotated[str, typer.Option(help="text, json, jsonl, sarif or markdown")] = "text",  # noqa: A002 - its name for users
    out: Annotated[Path | None, typer.Option(help="the file of the report, instead of standard output")] = None,
    baseline: Annotated[str | None, typer.Option(help="accept what was there when this file was written")] = None,
    write_baseline: Annotated[str | None, typer.Option(help="write the places of what is found")] = None,
    baseline_values: Annotated[
        bool, typer.Option("--baseline-values", help="let that file know the values too, as keyed hashes")
    ] = False,
    imported: Annotated[
        list[str],
        typer.Option("--import", metavar="FILE", help="accept what gitleaks, betterleaks or SARIF accept; may repeat"),
    ] = [],  # noqa: B006 - Typer's way to a list
    allow: Annotated[str | None, typer.Option(help="accept places, with a reason and a last day each")] = None,
    redact: Annotated[Path | None, typer.Option(help="write a copy of a HAR without its credentials")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="let warnings fail")] = False,
    skip_unknown: Annotated[
        list[str],
        typer.Option(metavar="NAME", help="skip what audit cannot read: png, .git, '*.bin'; may repeat"),
    ] = [],  # noqa: B006 - Typer's way to a list
    statement: StatementFolder = None,
    client_role: ClientRoles = [],  # noqa: B006 - as above
    require: Required = [],  # noqa: B006 - as above
    jobs: Annotated[int, typer.Option("-j", "--jobs", min=0, help="judge in so many processes; 0 for all cores")] = 1,
    git: Annotated[
        list[str], typer.Option(metavar="REPO", help="judge the history of a git repository; may repeat")
    ] = [],  # noqa: B006 - Typer's way to a list
    since: Annotated[datetime | None, typer.Option(help="only what was written at this time (UTC) or later")] = None,
    before: Annotated[datetime | None, typer.Option(help="only what was written before this time (UTC)")] = None,
    min_size: Annotated[str, typer.Option(metavar="SIZE", help="only what has so many bytes at least: 10MB")] = "",
    max_size: Annotated[str, typer.Option(metavar="SIZE", help="only what has so many bytes at most: 2GiB")] = "",
    shard: Annotated[str, typer.Option(metavar="I/N", help="only part I of N, by name")] = "",
    journal: Annotated[
        Path | None, typer.Option(help="note here what was judged, and do not judge it again; with --salt-file")
    ] = None,
    salt_file: Annotated[Path | None, typer.Option(help="16 random bytes or more: the key of fingerprints")] = None,
    merge: Annotated[bool, typer.Option("--merge", help="join the journals of all shards")] = False,
    learned: Annotated[
        list[Path],
        typer.Option(metavar="PATH", help="look for what these journals of other shards show too; may repeat"),
    ] = [],  # noqa: B006 - as above
    engine: Annotated[str, typer.Option(help="dask: judge on the cluster of --scheduler")] = "",
    scheduler: Annotated[str, typer.Option(metavar="ADDRESS", help="the scheduler of Dask: tcp://host:8786")] = "",
) -> None:
    """Find credentials in the URLs of captures, logs, collections and API descriptions."""
    from conformance.commands.audit import AuditOptions, run
    from conformance.commands.audit_choice import Choice
    from conformance.commands.sequences import Sequences
    from conformance.traffic.audit.acceptance import Accepting

    accepting = Accepting(baseline, write_baseline, baseline_values, imported, allow)
    choice = Choice(since, before, min_size, max_size, shard, journal, salt_file, merge, engine, scheduler, learned)
    client = Sequences(client_role, require, strict)
    options = AuditOptions(
        paths or [], accepting, format, out, redact, strict, skip_unknown, statement, jobs, git, client, choice
    )
    code = run(options, lambda text: typer.echo(text, nl=False), lambda line: typer.echo(line, err=True))
    raise typer.Exit(code)


class Format(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


@app.command()
def lint_spec(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE…", help="OpenAPI documents, JSON or YAML; - for standard input")
    ],
    form: Annotated[Format, typer.Option("--format", help="for people, for programs, or for code hosts")] = Format.TEXT,
    strict: Annotated[bool, typer.Option("--strict", help="a warning counts as an error")] = False,
    mapped: Annotated[
        list[str],
        typer.Option("--map", metavar="TYPE=TYPE", help="a media type that the registration maps; may repeat"),
    ] = [],  # noqa: B006 - Typer's way to a list
    allow: Annotated[
        str | None, typer.Option(metavar="FILE", help="accept findings, with a reason and a last day each")
    ] = None,
    takes_openapi_3_1: Annotated[
        bool,
        typer.Option("--undocumented-version", help="your org has registered OpenAPI 3.1"),
    ] = False,
    statement: StatementFolder = None,
) -> None:
    """Say whether Salesforce External Services registers a document, and which operations become binary actions."""
    from conformance.commands.lint_spec import LintOptions, lint

    options = LintOptions(form.value, strict, mapped, allow, takes_openapi_3_1, statement)
    if not lint(files, options, say=say, warn=lambda line: typer.echo(line, err=True)):
        raise typer.Exit(ExitCode.NOT_CONFORMANT)


@app.command()
def new_requirement(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="the letters of a family and a new number: SAB-34")],
) -> None:
    """Write the stubs of a new requirement into a checkout of seasonproof: its entry, its test and its fault."""
    from conformance.commands.new_requirement import stubs

    for stub in stubs(identifier, Path()):
        typer.echo(f"{stub.path}:{stub.write()}")
    typer.echo("docs/add-a-requirement.md says what to write there, and how to prove it.")


app.add_typer(reading)


def main() -> None:
    """Run the command; what the user got wrong is one message and exit code 2, and so is output that gets lost."""
    guard_standard_streams()
    try:
        app()
    except UsageProblem as problem:
        typer.echo(str(problem), err=True)
        sys.exit(ExitCode.COMMAND_USAGE)
    except OSError as error:  # a disk that became full, a folder that went away
        typer.echo(str(UsageProblem([f"{error.filename or 'seasonproof'}: {error.strerror or error}"])), err=True)
        sys.exit(ExitCode.COMMAND_USAGE)
    finally:
        _say_what_was_lost()


def _say_what_was_lost() -> None:
    if problem := getattr(sys.stdout, "problem", ""):
        typer.echo(f"seasonproof: the output cannot be written: {problem}", err=True)
        sys.exit(ExitCode.COMMAND_USAGE)
