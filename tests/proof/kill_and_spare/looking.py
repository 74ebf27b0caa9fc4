"""Steps that only look: each call of one is answered by the variants too, and it is noted where one answers otherwise.

A step looks if neither it nor anything that it calls changes something: no step of its role, no helper of the
reference, nothing that Python or a library has under a name in `CHANGING`. What is asynchronous, or comes piece by
piece, counts as a change. A file that a step is given by its path may be written to: a variant gets a copy.
"""

from __future__ import annotations

import ast
import functools
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from types import FunctionType
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response

from conformance.reference.role import CORRECT, Role
from conformance.reference.variants import variants

CHANGING = frozenset({
    "acquire", "add", "append", "appendleft", "call_later", "call_soon", "clear", "close", "create_task", "delattr",
    "delete_cookie", "difference_update", "discard", "extend", "insert", "intersection_update", "mkdir",
    "move_to_end", "notify", "notify_all", "open", "pop", "popitem", "popleft", "put", "read", "release", "remove",
    "rename", "reverse", "rmdir", "seek", "send", "set_cookie", "setattr", "setdefault", "sleep", "sort", "start",
    "submit", "symmetric_difference_update", "touch", "truncate", "unlink", "update", "wait", "write", "write_bytes",
    "write_text", "writelines",
})  # fmt: skip
"""Functions and methods by which Python and its libraries change something, or take time."""

_IN_PIECES = (ast.AsyncFunctionDef, ast.Await, ast.Yield, ast.YieldFrom, ast.Global, ast.Nonlocal)
_PLAIN = (bool, bytes, date, datetime, Decimal, float, int, str, time, timedelta, type(None))
_RESPONSES = (HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response)


# ------------------------------------------------------------------ comparing


class Comparison:
    """Has variants answer what the correct role is asked.

    Args:
        role: the correct role. Its steps are replaced, for the rest of the process.
        known: its variants.

    Attributes:
        differing: the names of the classes of variants that were seen to answer otherwise; they are not asked again.
        is_at_work: whether a variant is being asked.
    """

    def __init__(self, role: type[Role], known: Iterable[type[Role]]) -> None:
        self.differing = set[str]()
        self.is_at_work = False
        steps = [(name, variant) for variant in known for name in compared(variant)]
        for name in {name for name, _ in steps}:
            asked = [variant for step, variant in steps if step == name]
            setattr(role, name, self._compared(name, inspect.getattr_static(role, name), asked))

    def _compared(self, name: str, correct: Callable[..., Any], asked: list[type[Role]]) -> Callable[..., Any]:
        @functools.wraps(correct)
        def step(role: Role, *arguments: Any, **named: Any) -> Any:
            if self.is_at_work:
                return correct(role, *arguments, **named)
            files = {one: one.read_bytes() for one in arguments if isinstance(one, Path)}
            returned, raised = _answer(correct, role, arguments, named)
            answer = returned, raised, [file.read_bytes() for file in files]
            self.is_at_work = True
            try:
                for variant in asked:
                    if variant.__name__ in self.differing:
                        continue
                    other = object.__new__(variant)
                    other.__dict__ = role.__dict__
                    with _copied(files) as copies:
                        given = tuple(copies.get(one, one) if isinstance(one, Path) else one for one in arguments)
                        found = _answer(getattr(variant, name), other, given, named)
                        if not is_same((*found, [copy.read_bytes() for copy in copies.values()]), answer):
                            self.differing.add(variant.__name__)
            finally:
                self.is_at_work = False
            if raised is not None:
                raise raised
            return returned

        return step


def _answer(
    step: Callable[..., Any], role: Role, arguments: tuple[Any, ...], named: dict[str, Any]
) -> tuple[object, Exception | None]:
    """What a step returns, or what it raises."""
    try:
        return step(role, *arguments, **named), None
    except Exception as error:
        return None, error


@contextmanager
def _copied(files: dict[Path, bytes]) -> Iterator[dict[Path, Path]]:
    copies = {file: Path(f"{file}.copy") for file in files}
    for file, copy in copies.items():
        copy.write_bytes(files[file])
    yield copies
    for copy in copies.values():
        copy.unlink()


def is_same(one: Any, other: Any) -> bool:
    """Whether two answers are the same to everybody: 1 is not 1.0, and the order of members counts."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    match one:
        case dict():
            return is_same([*one.items()], [*other.items()])
        case list() | tuple():
            return len(one) == len(other) and all(map(is_same, one, other))
        case Exception():
            return is_same((one.args, vars(one)), (other.args, vars(other)))
        case _ if type(one) in _RESPONSES:
            return is_same(_sent(one), _sent(other))
        case _ if is_dataclass(one):
            return all(is_same(getattr(one, part.name), getattr(other, part.name)) for part in fields(one))
    return type(one) in _PLAIN and repr(one) == repr(other)


def _sent(response: Response) -> tuple[object, ...]:
    return response.status_code, response.raw_headers, response.body, response.background


# ------------------------------------------------------------------ looking


@functools.cache
def compared(variant: type[Role]) -> frozenset[str]:
    """The steps that a variant replaces, and that only look both in the correct role and in the variant.

    Of a fault that blinds there is none: in a run, what one test did may take away what the next one needs.
    """
    if variant in {known.role for known in variants().values() if known.blinds}:
        return frozenset()
    correct = CORRECT[variant.role]
    names = {name for cls in set(variant.__mro__) - set(correct.__mro__) for name in vars(cls)}
    steps = {name for name in names if inspect.isfunction(inspect.getattr_static(correct, name, None))}
    return frozenset(name for name in steps if only_looks(correct, name) and only_looks(variant, name))


@functools.cache
def only_looks(role: type[Role], name: str) -> bool:
    """Whether a step of a role, the correct one or a variant, changes nothing, nor does anything that it may call."""
    seen = set[FunctionType]()
    waiting = _steps(role, name)
    while waiting:
        function = waiting.pop()
        if function in seen:
            continue
        seen.add(function)
        read = _read(function)
        if read is None or any(_changes(node, function) for node in ast.walk(read)):
            return False
        waiting += [called for node in ast.walk(read) for called in _called(node, function, role)]
    return True


@functools.cache
def _read(function: FunctionType) -> ast.AST | None:
    """The source of a function; None for one that has none of its own."""
    try:
        [read] = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    except (OSError, SyntaxError, ValueError):
        return None
    return read if isinstance(read, ast.FunctionDef | ast.AsyncFunctionDef) else None


def _changes(node: ast.AST, function: FunctionType) -> bool:
    """Whether a piece of code of a function may change something that was there before it."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(module))) if _is_ours(function.__globals__.get(module)):
            return False  # what it calls is read instead
        case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
            return True
        case ast.AugAssign():
            return True  # of a list, for all that uses it
        case ast.Call(func=ast.Attribute(value=ast.Name("path"), attr="write_bytes")):
            return False  # a file that the step is given
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in CHANGING:
            return True
        case ast.Call(func=ast.Name("next"), args=[ast.Attribute(), *_]):
            return True
    return isinstance(node, _IN_PIECES)


def _called(node: ast.AST, function: FunctionType, role: type[Role]) -> list[FunctionType]:
    """What a piece of code of a function may call: steps of the role, functions of its modules, helpers."""
    match node:
        case ast.Attribute(value=ast.Name("self") | ast.Call(func=ast.Name("super")), attr=name):
            return _steps(role, name)
        case ast.Attribute(value=ast.Name(module), attr=name) if _is_ours(function.__globals__.get(module)):
            return _ours(getattr(function.__globals__[module], name))
        case ast.Attribute(attr=name):
            return _helpers().get(name, [])
        case ast.Name(id=name):
            return _ours(function.__globals__.get(name))
    return []


def _is_ours(module: object) -> bool:
    return inspect.ismodule(module) and module.__name__.startswith("conformance.")


def _ours(shared: Any) -> list[FunctionType]:
    function = inspect.unwrap(shared) if callable(shared) else shared
    return [function] if inspect.isfunction(function) and function.__module__.startswith("conformance.") else []


def _steps(role: type[Role], name: str) -> list[FunctionType]:
    """What has a name in a role and in all that it derives from, and is called or looked up."""
    found = [vars(cls)[name] for cls in role.__mro__ if name in vars(cls)]
    plain = [inspect.unwrap(getattr(one, "__func__", getattr(one, "fget", one))) for one in found]
    return [one for one in plain if inspect.isfunction(one)]


@functools.cache
def _helpers() -> dict[str, list[FunctionType]]:
    """The methods of what the roles work with, such as the org and the store of files, by name."""
    found: dict[str, list[FunctionType]] = {}
    for cls in _classes():
        if cls.__module__.startswith("conformance.reference.") and not issubclass(cls, Role):
            for name, value in vars(cls).items():
                if inspect.isfunction(value) and not name.startswith("__"):
                    found.setdefault(name, []).append(value)
    return found


def _classes() -> Iterator[type]:
    for name in [name for name in sys.modules if name.startswith("conformance.reference.")]:
        yield from (value for value in vars(sys.modules[name]).values() if inspect.isclass(value))
