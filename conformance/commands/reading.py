"""The commands that read statements: reports of one, of several, and of a fleet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.judging.verdict import ExitCode

if TYPE_CHECKING:
    from conformance.reporting.terminal import Line

reading = click.Group()

profile_option = click.option("--profile", default="winter26", help="a built-in profile or a file")
_format = click.option("--format", "form", default="text", help="text, markdown or html")
_file = click.option("--out", type=Path, help="the file of the report, instead of the screen")


@reading.command()
@click.argument(
    "paths",
    type=Path,
    nargs=-1,
    required=True,
    metavar="PATH…",
    help="statements, folders of them, or Allure results",
)
@click.option("--format", "form", help="html, markdown, terminal, sarif, junit, badge, badge-json or allure")
@click.option("--out", type=Path, help="the folder of a page (reports/out), or a file: of a page, NAME.html")
def report(paths: Sequence[Path], form: str | None, out: Path | None) -> None:
    """Make a report of a run from its statement; from several statements, one report of all."""
    from conformance.commands.report import report as make

    make(paths, form, out, say)


@reading.command()
@click.argument("before", type=Path, help="a statement.json")
@click.argument("after", type=Path, help="a later one")
@_format
@_file
def diff(before: Path, after: Path, form: str, out: Path | None) -> ExitCode:
    """Say what changed between two runs, and because of what. Exit code 1: something became worse."""
    from conformance.commands.compare import diff as compare

    is_well = compare(before, after, form, out, click.echo)
    return ExitCode.CONFORMANT if is_well else ExitCode.NOT_CONFORMANT


@reading.command()
@click.argument(
    "statements", type=Path, nargs=-1, required=True, metavar="STATEMENT…", help="statements, or folders of them"
)
@_format
@_file
def matrix(statements: Sequence[Path], form: str, out: Path | None) -> None:
    """Show several implementations side by side, a row for each requirement."""
    from conformance.commands.compare import side_by_side

    side_by_side(statements, form, out, click.echo)


@reading.command()
@click.argument("folder", type=Path, metavar="DIR", help="a folder of statements")
@_format
@_file
def history(folder: Path, form: str, out: Path | None) -> None:
    """Show the trend of a folder of statements, since when each deviation is there, and what is flaky."""
    from conformance.commands.compare import over_time

    over_time(folder, form, out, click.echo)


@reading.command()
@click.argument(
    "paths", type=Path, nargs=-1, required=True, metavar="DIR…", help="folders of statements, or statements"
)
@click.option("--out", type=Path, default="reports/out", metavar="DIR", help="the folder for the files")
@click.option("--targets", metavar="DIR", help="the target files, to find those without a statement")
@click.option("--parquet", is_flag=True, help="write a table for DuckDB and others too (needs the extra 'fleet')")
def merge(paths: Sequence[Path], out: Path, targets: str | None, parquet: bool) -> ExitCode:
    """Join the statements of a fleet into one, with a page and Markdown by owner. The exit code is its verdict."""
    from conformance.commands.merge import merge as join

    return join(paths, out, targets, parquet, click.echo)


@reading.command()
@click.option("--statements", type=Path, required=True, metavar="DIR", help="a folder of statements")
@click.option("--targets", type=Path, required=True, metavar="DIR", help="a folder of target files, or one of them")
@click.option("--max-age", default="7d", metavar="AGE", help="how old a statement may be: 12h, 7d, 2w")
@profile_option
def gate(statements: Path, targets: Path, max_age: str, profile: str) -> ExitCode:
    """Check that every target has a fresh conformant statement. Exit code 1: one has none."""
    from conformance.commands.gate import gate as judge

    is_open, lines = judge(statements, targets, max_age, profile)
    for line in lines:
        click.echo(line)
    return ExitCode.CONFORMANT if is_open else ExitCode.NOT_CONFORMANT


def say(line: Line) -> None:
    """Show a line, in its colour."""
    colour = next((name for name, on in line.markup.items() if on and name != "bold"), None)
    click.secho(line.text, fg=colour, bold=line.markup.get("bold", False))
