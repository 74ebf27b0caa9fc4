"""The commands that read statements: reports of one, of several, and of a fleet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from conformance.judging.verdict import ExitCode

if TYPE_CHECKING:
    from conformance.reporting.terminal import Line

app = typer.Typer()

TableFormat = Annotated[str, typer.Option("--format", help="text, markdown or html")]
TableFile = Annotated[Path | None, typer.Option("--out", help="the file of the report, instead of the screen")]


@app.command()
def report(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH…", help="statements, folders of them, or Allure results")
    ],
    form: Annotated[
        str, typer.Option("--format", help="html, markdown, terminal, sarif, junit, badge, badge-json or allure")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="the folder of a page (reports/out), or the file of a text")] = None,
) -> None:
    """Make a report of a run from its statement; from several statements, one report of all."""
    from conformance.commands.report import report as make

    make(paths, form, out, say)


@app.command()
def diff(
    before: Annotated[Path, typer.Argument(help="a statement.json")],
    after: Annotated[Path, typer.Argument(help="a later one")],
    form: TableFormat = "text",
    out: TableFile = None,
) -> None:
    """Say what changed between two runs, and because of what. Exit code 1: something became worse."""
    from conformance.commands.compare import diff as compare

    if not compare(before, after, form, out, typer.echo):
        raise typer.Exit(ExitCode.NOT_CONFORMANT)


@app.command()
def matrix(
    statements: Annotated[list[Path], typer.Argument(metavar="STATEMENT…", help="statements, or folders of them")],
    form: TableFormat = "text",
    out: TableFile = None,
) -> None:
    """Show several implementations side by side, a row for each requirement."""
    from conformance.commands.compare import side_by_side

    side_by_side(statements, form, out, typer.echo)


@app.command()
def history(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="a folder of statements")],
    form: TableFormat = "text",
    out: TableFile = None,
) -> None:
    """Show the trend of a folder of statements, since when each deviation is there, and what is flaky."""
    from conformance.commands.compare import over_time

    over_time(folder, form, out, typer.echo)


@app.command()
def merge(
    paths: Annotated[list[Path], typer.Argument(metavar="DIR…", help="folders of statements, or statements")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="the folder for the files")] = Path("reports/out"),
    targets: Annotated[
        str | None, typer.Option(metavar="DIR", help="the target files, to find those without a statement")
    ] = None,
    parquet: Annotated[
        bool, typer.Option("--parquet", help="write a table for DuckDB and others too (needs the extra 'fleet')")
    ] = False,
) -> None:
    """Join the statements of a fleet into one, with a page and Markdown by owner. The exit code is its verdict."""
    from conformance.commands.merge import merge as join

    raise typer.Exit(join(paths, out, targets, parquet, typer.echo))


@app.command()
def gate(
    statements: Annotated[Path, typer.Option(metavar="DIR", help="a folder of statements")],
    targets: Annotated[Path, typer.Option(metavar="DIR", help="a folder of target files, or one of them")],
    max_age: Annotated[str, typer.Option(metavar="AGE", help="how old a statement may be: 12h, 7d, 2w")] = "7d",
    profile: Annotated[str, typer.Option(help="a built-in profile or a file")] = "winter26",
) -> None:
    """Check that every target has a fresh conformant statement. Exit code 1: one has none."""
    from conformance.commands.gate import gate as judge

    is_open, lines = judge(statements, targets, max_age, profile)
    for line in lines:
        typer.echo(line)
    if not is_open:
        raise typer.Exit(ExitCode.NOT_CONFORMANT)


def say(line: Line) -> None:
    """Show a line, in its colour."""
    colour = next((name for name, on in line.markup.items() if on and name != "bold"), None)
    typer.secho(line.text, fg=colour, bold=line.markup.get("bold", False))
