"""What may stand in a briefing's text, held against the table of fields when it is written.

The text is a Jinja template of which very little is left: fields, the parts of a list's entries,
`{% for one in LIST %}` and `{% if FIELD %}`. No filter, call, literal, arithmetic or assignment is read, so nothing can
run long, grow large or reach into the program (docs/decisions/0025).
"""

import re
from collections.abc import Iterator, Mapping

from jinja2 import TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from alerts.briefings.fields import BY_NAME, Field
from alerts.errors import InvalidInput
from alerts.publishing.markup import read_html

SOURCE_LIMIT = 20_000
"""Characters of a briefing's source: what people read of it is limited when it is filled."""

DEEPEST = 4
"""How many blocks may stand inside each other."""

MOST_PLACES = 100
"""How many places of a text may be filled, each of them once for every entry of the loop around it."""

_OPEN_TAG = re.compile(r"<(?:[a-zA-Z/!?][^>]*)?\Z")
"""How a piece of text ends in whose tag a field or block would come to stand."""

_STAND_IN = "fillstandin"
_LANGUAGE = (
    "only fields such as {{ levels }}, {% for one in levels %}…{% endfor %} and {% if alerts %}…{% endif %} are read"
)


def has_fields(source: str) -> bool:
    """Tell whether a text is a template; any other is taken as it stands, a lone brace in it too."""
    return "{{" in source or "{%" in source


def read_source(
    environment: ImmutableSandboxedEnvironment, source: str, known: Mapping[str, Field] = BY_NAME
) -> nodes.Template:
    """Read a template and hold it against the language and a table of fields, that of briefings if no other is given.

    Raises:
        InvalidInput: it cannot be read, or has a field or a construct that there is not; the text names it.
    """
    if len(source) > SOURCE_LIMIT:
        raise InvalidInput(
            "briefing-source", f"the text with its fields has {len(source):,} characters; {SOURCE_LIMIT:,} are the most"
        )
    try:
        tree = environment.parse(source)
        _Check(known).block(tree.body, {}, 0)
    except TemplateSyntaxError as error:
        raise _wrong(error.message or "it cannot be read", error.lineno) from None
    except RecursionError:
        raise _wrong("it is nested too deep", 1) from None
    return tree


def used_fields(tree: nodes.Template, known: Mapping[str, Field] = BY_NAME) -> frozenset[str]:
    """Name the fields that a template that was checked uses."""
    return frozenset(name.name for name in tree.find_all(nodes.Name) if name.name in known)


class _Check:
    """Walks the tree of a template; whatever is not allowed by name is refused."""

    def __init__(self, known: Mapping[str, Field]) -> None:
        self._known = known
        self._places = 0

    def block(self, body: list[nodes.Node], entries: Mapping[str, Field], depth: int) -> None:
        """Check what stands between the begin and the end of a block.

        Args:
            body: its nodes.
            entries: the names that loops around it have given to entries, each with the list that it is of.
            depth: how many blocks are around it.
        """
        if depth > DEEPEST:
            raise _wrong(f"more than {DEEPEST} blocks stand inside each other", body[0].lineno if body else 1)
        for node in body:
            match node:
                case nodes.Output():
                    self._output(node, entries)
                case nodes.For():
                    self._loop(node, entries, depth)
                case nodes.If():
                    self._condition(node, entries, depth)
                case _:
                    raise _wrong(_LANGUAGE, node.lineno)
        _check_markup(body)

    def _output(self, node: nodes.Output, entries: Mapping[str, Field]) -> None:
        for piece in node.nodes:
            if isinstance(piece, nodes.TemplateData):
                continue
            self._places += 1
            if self._places > MOST_PLACES:
                raise _wrong(f"it has more than {MOST_PLACES} places to fill", piece.lineno)
            named = self._named(piece, entries)
            if entries and isinstance(piece, nodes.Name) and piece.name not in entries and named and named.is_list:
                raise _wrong(f"the list '{named.name}' cannot be written whole inside a loop", piece.lineno)

    def _loop(self, node: nodes.For, entries: Mapping[str, Field], depth: int) -> None:
        if node.test is not None or node.recursive:
            raise _wrong("a loop has the form {% for one in levels %}", node.lineno)
        if entries:
            raise _wrong("a loop cannot stand inside a loop", node.lineno)
        if not isinstance(node.target, nodes.Name) or not isinstance(node.iter, nodes.Name):
            raise _wrong("a loop has the form {% for one in levels %}", node.lineno)
        listed = self._field(node.iter.name, {}, node.lineno)
        if not listed.is_list:
            raise _wrong(f"'{listed.name}' is no list: it cannot be looped over", node.lineno)
        if node.target.name in self._known or node.target.name.startswith("_"):
            raise _wrong(f"an entry cannot be called '{node.target.name}': take another name", node.lineno)
        self.block(node.body, {node.target.name: listed}, depth + 1)
        self.block(node.else_, entries, depth + 1)

    def _condition(self, node: nodes.If, entries: Mapping[str, Field], depth: int) -> None:
        for branch in (node, *node.elif_):
            test = branch.test
            while isinstance(test, nodes.Not):
                test = test.node
            self._named(test, entries)
            self.block(branch.body, entries, depth + 1)
        self.block(node.else_, entries, depth + 1)

    def _named(self, node: nodes.Node, entries: Mapping[str, Field]) -> Field | None:
        """Give the field, or the list of the entry, that an expression names; None for a part of an entry."""
        match node:
            case nodes.Name(name=name):
                return self._field(name, entries, node.lineno)
            case nodes.Getattr(node=nodes.Name(name=name), attr=part):
                _check_part(self._field(name, entries, node.lineno), part, node.lineno, is_entry=name in entries)
                return None
            case _:
                raise _wrong(_LANGUAGE, node.lineno)

    def _field(self, name: str, entries: Mapping[str, Field], line: int) -> Field:
        found = entries.get(name) or self._known.get(name)
        if found is None:
            known = ", ".join([*self._known, *entries])
            raise InvalidInput(
                "briefing-field",
                f"there is no field '{name}' (line {line}); there are: {known}",
                name=name,
                known=known,
                line=line,
            )
        return found


def _check_part(field: Field, part: str, line: int, *, is_entry: bool) -> None:
    """Refuse a part that the entries of a list do not have, and any part of what is no entry."""
    if not is_entry:
        loop = f": write {{% for one in {field.name} %}} and {{{{ one.{part} }}}}" if field.is_list else ""
        raise _wrong(f"'{field.name}' has no parts of its own, so '{field.name}.{part}' cannot be read{loop}", line)
    parts = [one.name for one in field.parts]
    if part not in parts:
        known = ", ".join(parts)
        raise InvalidInput(
            "briefing-field",
            f"an entry of '{field.name}' has no '{part}' (line {line}); it has: {known}",
            name=f"{field.name} … {part}",
            known=known,
            line=line,
        )


def _check_markup(body: list[nodes.Node]) -> None:
    """Refuse formatting that is not whole within a block, so that no entry and no absence of one can break it.

    Each field and each block inside counts as a word of text; one that would stand inside a tag is refused.
    """
    pieces = list(_pieces(body))
    for piece, line in pieces:
        if piece is not None and (tag := _OPEN_TAG.search(piece)):
            raise _wrong(f"a field or block cannot stand inside a tag: {tag[0][:20]}", line)
    filled = sum(piece is None for piece, _ in pieces)
    source = "".join(_STAND_IN if piece is None else piece for piece, _ in pieces)
    if read_html(source).plain.count(_STAND_IN) != filled:
        raise _wrong("a field or block cannot stand inside a tag", pieces[0][1])


def _pieces(body: list[nodes.Node]) -> Iterator[tuple[str | None, int]]:
    """Give the texts of a block with their lines; None stands for what is filled in."""
    for node in body:
        if not isinstance(node, nodes.Output):
            yield None, node.lineno
            continue
        for piece in node.nodes:
            yield (piece.data if isinstance(piece, nodes.TemplateData) else None), piece.lineno


def _wrong(what: str, line: int | None) -> InvalidInput:
    line = line or 1
    return InvalidInput("briefing-language", f"the briefing cannot be read: {what} (line {line})", what=what, line=line)
