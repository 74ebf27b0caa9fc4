"""The reference: every option, command, exit code, outcome and field, read from the code that has them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

import click

from conformance.commands.app import app
from conformance.config.schemas import FILES, schemas
from conformance.documents.docstrings import attributes
from conformance.judging.verdict import ExitCode
from conformance.plugin.options import OPTIONS
from conformance.reporting.terminal import LETTERS
from conformance.rules.outcome import Outcome
from docs_site.guides import REPOSITORY, address
from docs_site.markup import badge, cell, table

type Schema = Mapping[str, Any]

PAGES = {
    "options.md": "Options of pytest",
    "commands.md": "Commands",
    "outcomes.md": "Outcomes and exit codes",
    **{f"{kind}.md": f"Files: {kind}" for kind in ("target", *sorted(set(FILES) - {"target"}))},
}
"""The pages, with their titles."""


def write_reference(out: Path) -> None:
    """Write every page of the reference."""
    folder = out / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    texts = {"options.md": _options(), "commands.md": _commands(), "outcomes.md": _outcomes()}
    texts |= {f"{kind}.md": _fields(kind) for kind in FILES}
    for name, text in texts.items():
        (folder / name).write_text(f"# {PAGES[name]}\n\n{text}", "utf-8")


# ------------------------------------------------------------------ options and commands


def _options() -> str:
    values = {name: given.get("metavar") or "|".join(given.get("choices", ())) for name, given in OPTIONS.items()}
    rows = [
        (_code(f"{name}={value}" if value else name), cell(OPTIONS[name]["help"])) for name, value in values.items()
    ]
    return f"""The suites run in pytest, so every option of pytest works too. These are seasonproof's own; each needs
`--profile`.

{table(("option", "what it does"), rows)}"""


def _commands() -> str:
    return "\n\n".join(_command(name, command) for name, command in sorted(app.commands.items()))


def _command(name: str, command: click.Command) -> str:
    context = click.Context(command)
    arguments, options = [], []
    for parameter in command.params:
        says, value = cell(parameter.help or ""), parameter.make_metavar(context)
        if isinstance(parameter, click.Option):
            options.append((_spelt(parameter, value), says, _default(parameter)))
        else:
            arguments.append((f"`{value}`", says))
    usage = " ".join(["seasonproof", name, *command.collect_usage_pieces(context)])
    parts = [
        f"## seasonproof {name}",
        cell(command.help or ""),
        f"```\n{usage}\n```",
        table(("argument", "what it is"), arguments),
    ]
    parts.append(table(("option", "what it does", "default"), options))
    return "\n\n".join(part for part in parts if part)


def _spelt(option: click.Option, value: str) -> str:
    return _code(", ".join(option.opts) + ("" if option.is_flag else f"={value}"))


def _code(text: str) -> str:
    """Code in a cell, where a bar would end the cell."""
    return f"<code>{escape(text).replace('|', '&#124;')}</code>"


def _default(option: click.Option) -> str:
    return f"`{option.default}`" if isinstance(option.default, str | int) and option.default is not False else ""


# ------------------------------------------------------------------ outcomes


def _outcomes() -> str:
    means = _meanings()
    rows = [
        (badge(o, o), f"`{LETTERS[o][0]}`", means[o], "yes" if o.is_deviation else "")
        for o in sorted(Outcome, key=list(means).index)
    ]
    says = attributes(ExitCode)
    codes = [(f"`{code.value}`", cell(says[code.name])) for code in ExitCode]
    guide = f"../{address('docs/outcomes.md')}"
    by_gravity = ", ".join(f"*{o}*" for o in sorted(Outcome, key=lambda o: -o.gravity))
    return f"""## Outcomes of a requirement

{table(("outcome", "letter", "means", "a deviation"), rows)}
Of several cases of a requirement the gravest counts: {by_gravity}.

## Exit codes

{table(("exit code", "means"), codes)}
[Outcomes, verdicts, waivers]({guide}) tells what follows from each.
"""


def _meanings() -> dict[Outcome, str]:
    """What each outcome means, in the words of the guide."""
    text = (REPOSITORY / "docs" / "outcomes.md").read_text("utf-8")
    rows = re.findall(r"^\| ([a-z ]+) \| `.` \| (.+) \|$", text, re.MULTILINE)
    return {Outcome(name): re.sub(r"\]\((?!http)", f"](../{address('docs/')}", means) for name, means in rows}


# ------------------------------------------------------------------ fields


def _fields(kind: str) -> str:
    schema = json.loads(schemas()[f"{kind}.schema.json"])
    definitions = schema.get("$defs", {})
    head = f"""{_first_paragraph(schema)}

To have an editor complete and check such a file, write its schema beside it and name it in the first line:

```
seasonproof schema {kind} > {kind}.schema.json
```

```yaml
# yaml-language-server: $schema={kind}.schema.json
```

"""
    parts = [head + _table_of(schema, definitions)]
    for name in _reached(schema, definitions):
        part = definitions[name]
        parts.append(f"## {_heading(name).capitalize()}\n\n{_first_paragraph(part)}\n\n{_table_of(part, definitions)}")
    return "\n\n".join(parts)


def _first_paragraph(part: Schema) -> str:
    """What a part is, without what only programmers need."""
    return str(part.get("description", "")).partition("\n\n")[0]


def _reached(schema: Schema, definitions: Schema) -> Iterator[str]:
    """The parts that a file may have, in the order in which a reader meets them."""
    seen: set[str] = set()

    def of(part: Schema) -> Iterator[str]:
        for value in part.get("properties", {}).values():
            for name in _references(value, definitions):
                if name not in seen:
                    seen.add(name)
                    yield name
                    yield from of(definitions[name])

    yield from of(schema)


def _references(value: Any, definitions: Schema) -> Iterator[str]:
    """The definitions with fields that a value leads to."""
    if isinstance(value, list):
        for item in value:
            yield from _references(item, definitions)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "$ref":
                name = item.rpartition("/")[2]
                if "properties" in definitions[name]:
                    yield name
                else:
                    yield from _references(definitions[name], definitions)
            elif key != "properties":
                yield from _references(item, definitions)


def _table_of(part: Schema, definitions: Schema) -> str:
    rows = [
        (
            f"`{name}`",
            cell(_description(value, definitions)),
            _type(value, definitions),
            cell(_default_of(name, value, part)),
        )
        for name, value in part.get("properties", {}).items()
    ]
    return table(("field", "what it is", "type", "default"), rows)


def _default_of(name: str, value: Schema, part: Schema) -> str:
    """What a field has where the file is silent; a part with fields of its own says it there."""
    default = value.get("default")
    if name in part.get("required", ()):
        return "required"
    return (
        "" if default in (None, [], "") or isinstance(default, dict) else f"`{json.dumps(default, ensure_ascii=False)}`"
    )


def _description(value: Schema, definitions: Schema) -> str:
    """What a schema says of a field, or of the part that the field is."""
    name = value.get("$ref", "").rpartition("/")[2]
    return str(value.get("description") or definitions[name]["description"])


def _type(value: Schema, definitions: Schema) -> str:
    """What a field takes, in a few words, with links to the parts that have fields of their own."""
    if reference := value.get("$ref"):
        name = reference.rpartition("/")[2]
        target = definitions[name]
        return f"[{_heading(name)}](#{_anchor(name)})" if "properties" in target else _type(target, definitions)
    if several := value.get("anyOf") or value.get("oneOf"):
        kinds = dict.fromkeys(_type(one, definitions) for one in several if one.get("type") != "null")
        return " or ".join(kinds)
    if "enum" in value or "const" in value:
        return ", ".join(f"`{one}`" for one in value.get("enum", [value.get("const")]))
    match value.get("type"):
        case "array":
            items = value.get("items")
            return f"list of {_type(items, definitions)}" if isinstance(items, dict) else "list"
        case "object":
            inner = value.get("additionalProperties")
            return f"names with {_type(inner, definitions)}" if isinstance(inner, dict) else "names with values"
        case str(plain):
            bounds = [f"{word} {value[key]:g}" for key, word in _BOUNDS.items() if key in value]
            return " ".join([_WORDS[plain], *bounds])
    return "anything"


_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true` or `false`",
    "null": "nothing",
}
_BOUNDS = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to", "exclusiveMaximum": "below"}


def _heading(name: str) -> str:
    """The words of a class: `TokenEndpoint` is a token endpoint; of two with one name each says where it is."""
    *_, module, plain = ["", *name.split("__")]
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plain).lower()
    return f"{words} ({module.replace('_', ' ')})" if module else words


def _anchor(name: str) -> str:
    return re.sub(r"\s", "-", re.sub(r"[^\w\- ]", "", _heading(name)))
