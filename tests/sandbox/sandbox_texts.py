"""Reads out of the sandbox's own code every text with which it can refuse something.

Each text ends in one place, the call of `ApiError`, and comes there through constants, f-strings, tables and the
arguments of functions. Those are followed through the syntax trees of bot/sandbox; whatever is known at run time alone
becomes a gap, written `{}`.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from pathlib import Path

import bot.sandbox

GAP = "{}"
_NOTHING = frozenset({GAP})
_Scope = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Place:
    """Where an expression stands: its module, and the functions around it from the outside in."""

    module: str
    scopes: tuple[_Scope, ...] = ()


@dataclass
class Code:
    """The modules of the sandbox, read.

    Args:
        modules: the tree of each by its name.
    """

    modules: Mapping[str, ast.Module]
    _busy: set[tuple[int, str]] = field(default_factory=set)

    @cached_property
    def calls(self) -> Mapping[str, list[tuple[ast.Call, Place]]]:
        """Every call, by the last part of the called name."""
        found: dict[str, list[tuple[ast.Call, Place]]] = {}
        for module, tree in self.modules.items():
            for node, place in _walk(tree, Place(module)):
                if isinstance(node, ast.Call):
                    name = _last(node.func)
                    found.setdefault(name, []).append((node, place))
        return found

    def texts(self, node: ast.expr | None, place: Place) -> frozenset[str]:
        """Everything that an expression can be as a text."""
        match node:
            case ast.Constant(value=value):
                return frozenset({str(value)})
            case ast.JoinedStr(values=values):
                return self._joined([self.texts(value, place) for value in values])
            case ast.FormattedValue(value=value):
                return self.texts(value, place)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._joined([self.texts(left, place), self.texts(right, place)])
            case ast.IfExp(body=body, orelse=other):
                return self.texts(body, place) | self.texts(other, place)
            case ast.Name(id=name):
                return self._named(name, place)
            case ast.Subscript(value=table):
                return self._values(table, place) or _NOTHING
            case ast.Call(func=ast.Attribute(value=table, attr="get"), args=[_, default]):
                return self._values(table, place) | self.texts(default, place)
            case ast.Call(func=ast.Attribute(value=text, attr="lower"), args=[]):
                return frozenset(map(str.lower, self.texts(text, place)))
        return _NOTHING

    def _joined(self, parts: list[frozenset[str]]) -> frozenset[str]:
        return frozenset("".join(chosen) for chosen in product(*parts))

    def _values(self, table: ast.expr, place: Place) -> frozenset[str]:
        """The values of a dictionary that is written out."""
        if isinstance(table, ast.Name):
            table = self._constant(table.id, place.module) or table
        if not isinstance(table, ast.Dict):
            return frozenset()
        return frozenset[str]().union(*(self.texts(value, place) for value in table.values))

    def _named(self, name: str, place: Place) -> frozenset[str]:
        for depth in range(len(place.scopes), 0, -1):
            scope, inside = place.scopes[depth - 1], Place(place.module, place.scopes[:depth])
            if name in _parameters(scope):
                return self._passed(scope, name, inside)
            if (found := self._assigned(scope, name, inside)) is not None:
                return found
        constant = self._constant(name, place.module)
        return self.texts(constant, Place(place.module)) if constant is not None else _NOTHING

    def _assigned(self, scope: _Scope, name: str, place: Place) -> frozenset[str] | None:
        """What a name of a function stands for, where it is assigned alone or runs through a written table."""
        found: frozenset[str] | None = None
        for node in ast.walk(scope):
            match node:
                case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                    found = (found or frozenset()) | self.texts(value, place)
                case ast.For(target=ast.Tuple(elts=targets), iter=ast.Tuple(elts=rows)):
                    for index, one in enumerate(targets):
                        if isinstance(one, ast.Name) and one.id == name:
                            cells = [row.elts[index] for row in rows if isinstance(row, ast.Tuple)]
                            found = frozenset[str]().union(*(self.texts(cell, place) for cell in cells))
                case ast.For(
                    target=ast.Tuple(elts=targets), iter=ast.Call(func=ast.Attribute(value=table, attr="items"))
                ):
                    if isinstance(targets[1], ast.Name) and targets[1].id == name:
                        found = self._values(table, place)
        return found

    def _passed(self, scope: _Scope, name: str, place: Place) -> frozenset[str]:
        """What the callers of a function give for a parameter, and what it is without."""
        if (id(scope), name) in self._busy:
            return frozenset()
        self._busy.add((id(scope), name))
        try:
            found = self.texts(_default(scope, name), place) if _default(scope, name) is not None else frozenset()
            position = _parameters(scope).index(name)
            for call, where in self.calls.get(_called(scope, place), []):
                if scope.name.startswith("_") and where.module != place.module:
                    continue
                given = next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
                if given is None and position < len(call.args):
                    given = call.args[position]
                if given is not None:
                    found |= self.texts(given, where)
            return found or _NOTHING
        finally:
            self._busy.discard((id(scope), name))

    def _constant(self, name: str, module: str) -> ast.expr | None:
        """The value of a module's own or imported name."""
        for node in self.modules[module].body:
            match node:
                case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                    return value
                case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                    for one, value in zip(targets, values, strict=True):
                        if isinstance(one, ast.Name) and one.id == name:
                            return value
                case ast.AnnAssign(target=ast.Name(id=target), value=annotated) if target == name:
                    return annotated
                case ast.ImportFrom(module=source) if source is not None:
                    if any(alias.name == name for alias in node.names):
                        return self._constant(name, source) if source in self.modules else None
        return None


def refusals() -> set[tuple[str, str]]:
    """Every refusal that a bot can get: the HTTP status and the text, with gaps for what only a request decides.

    People get whole sentences, which end in a full stop; Telegram's words do not.
    """
    folder = Path(bot.sandbox.__file__).parent
    code = Code(
        {f"bot.sandbox.{path.stem}": ast.parse(path.read_text(encoding="utf-8")) for path in folder.glob("*.py")}
    )
    return {
        (status, text)
        for call, place in code.calls["ApiError"]
        for status in code.texts(call.args[0], place)
        for text in code.texts(call.args[1], place)
        if not text.endswith(".")
    }


def _walk(node: ast.AST, place: Place) -> Iterator[tuple[ast.AST, Place]]:
    for child in ast.iter_child_nodes(node):
        yield child, place
        inner = Place(place.module, (*place.scopes, child)) if isinstance(child, _Scope) else place
        yield from _walk(child, inner)


def _last(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def _parameters(scope: _Scope) -> list[str]:
    """The names of a function's parameters, as its callers count them."""
    names = [argument.arg for argument in (*scope.args.args, *scope.args.kwonlyargs)]
    return names[1:] if names[:1] == ["self"] else names


def _default(scope: _Scope, name: str) -> ast.expr | None:
    named = dict(zip(scope.args.kwonlyargs, scope.args.kw_defaults, strict=True))
    with_default = scope.args.args[len(scope.args.args) - len(scope.args.defaults) :]
    named.update(zip(with_default, scope.args.defaults, strict=True))
    return next((value for argument, value in named.items() if argument.arg == name), None)


def _called(scope: _Scope, place: Place) -> str:
    return place.scopes[-1].name if place.scopes else scope.name
