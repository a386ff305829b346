"""Fills a briefing's text: every value is escaped, and lists are shortened until the text fits an alert."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Self

from jinja2 import StrictUndefined, Template, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from alerts.briefings.fields import BY_NAME, Field
from alerts.briefings.language import read_source, used_fields
from alerts.errors import InvalidInput
from alerts.publishing.checks import check_body
from alerts.publishing.markup import FormattedText, read_html

LISTED_AT_MOST = 100
"""Entries of a list that are written even where there is room for more."""

LONGEST_FILLED = 1_000_000
"""Characters of a filled source at which filling stops: far beyond what fits an alert."""

_TOO_MUCH = frozenset({"body-too-long", "markup", "briefing-filled"})
"""Why a filled text is tried again with shorter lists; whole formatting was proved when it was written."""


class Entry(SimpleNamespace):
    """An entry of a list: its parts are attributes with plain text, and printed whole it is a line of HTML."""

    def __init__(self, line: str, **parts: str) -> None:
        super().__init__(**parts)
        self._line = line

    def __html__(self) -> str:
        """Give the line for Jinja, which does not escape it again."""
        return self._line


@dataclass(frozen=True, slots=True)
class Section:
    """A list of a briefing.

    Attributes:
        entries: all of them.
        none: the sentence that stands in place of an empty list, as HTML.
        words_more: words how many entries were left out, as plain text.
        most: how many entries are written.
    """

    entries: Sequence[Entry]
    none: str
    words_more: Callable[[int], str]
    most: int = LISTED_AT_MOST

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries[: self.most])

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def more(self) -> str:
        """Say how many entries were left out; empty when none was."""
        left = len(self.entries) - self.most
        return self.words_more(left) if left > 0 else ""

    def __html__(self) -> str:
        """Give the whole section for Jinja: a line an entry, or that there is none."""
        lines = [*(entry.__html__() for entry in self), *filter(None, [self.more])]
        return "\n".join(lines) if self.entries else self.none


Values = Mapping[str, Section | str]
"""What each field of the table gives; a text is plain."""


@dataclass(frozen=True, slots=True)
class BriefingText:
    """A briefing's text with fields, checked.

    Attributes:
        source: as it was written.
        uses: the names of the fields in it.
    """

    source: str
    uses: frozenset[str]
    _template: Template = field(repr=False, compare=False)

    @classmethod
    def parse(cls, source: str, known: Mapping[str, Field] = BY_NAME) -> Self:
        """Read and check a text with fields.

        Args:
            source: what was written.
            known: the fields that it may name, those of briefings if no others are given.

        Raises:
            InvalidInput: a field is unknown, the template or its formatting cannot be read, or it is too long even
                with empty lists; the text says where.
        """
        environment = _environment()
        tree = read_source(environment, source, known)
        uses = used_fields(tree, known)
        _tell_what_is_left_out(tree)
        template = Template.from_code(environment, environment.compile(tree), {})
        text = cls(source, uses, template)
        text.fill(example_values(known))
        return text

    def tells_nothing(self, values: Values) -> bool:
        """Tell whether each list of news in the text is empty; a text without any always has something to tell."""
        news = [values[name] for name in self.uses if BY_NAME[name].tells]
        return bool(news) and not any(news)

    def fill(self, values: Values) -> FormattedText:
        """Fill the text; lists are shortened to what fits.

        Raises:
            InvalidInput: it does not fit an alert even without any entry, or nothing is left to read.
        """
        longest = max([0, *(min(len(one), LISTED_AT_MOST) for one in values.values() if isinstance(one, Section))])
        try:
            return self._filled(values, longest)
        except InvalidInput as problem:
            if problem.problem not in _TOO_MUCH:
                raise
        fits, fails = self._filled(values, 0), longest
        most = 0
        while fails - most > 1:
            half = (most + fails) // 2
            try:
                fits, most = self._filled(values, half), half
            except InvalidInput:
                fails = half
        return fits

    def _filled(self, values: Values, most: int) -> FormattedText:
        """Fill the text with at most so many entries of each list. Raises `InvalidInput` when it does not fit."""
        text = read_html(self._render(shortened(values, most)))
        check_body(text)
        return text

    def _render(self, values: Values) -> str:
        pieces: list[str] = []
        length = 0
        for piece in self._template.generate(values):
            length += len(piece)
            if length > LONGEST_FILLED:
                raise InvalidInput("briefing-filled", "the filled text is far too long for an alert")
            pieces.append(piece)
        return "".join(pieces)


def shortened(values: Values, most: int) -> Values:
    """Give the values with at most so many entries written of each list."""
    return {name: replace(one, most=most) if isinstance(one, Section) else one for name, one in values.items()}


def example_values(known: Mapping[str, Field] = BY_NAME) -> Values:
    """Give the examples of a table of fields, with one entry in each list."""

    def example(one: Field) -> Section | str:
        if not one.is_list:
            return one.example
        parts = {part.name: part.example for part in one.parts}
        return Section([Entry(one.example, **parts)], "None.", lambda number: f"and {number} more")

    return {name: example(one) for name, one in known.items()}


def empty_values() -> Values:
    """Give the examples of the table of fields with every list empty."""
    return {
        name: replace(one, entries=()) if isinstance(one, Section) else one for name, one in example_values().items()
    }


def _environment() -> ImmutableSandboxedEnvironment:
    """Make an environment in which a template sees what it is given and nothing else."""
    environment = ImmutableSandboxedEnvironment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, loader=None
    )
    for everything in (environment.globals, environment.filters, environment.tests):
        everything.clear()
    return environment


def _tell_what_is_left_out(tree: nodes.Template) -> None:
    """Write behind every loop over a list how many of its entries were left out, where some were."""
    for parent in [tree, *tree.find_all((nodes.If, nodes.For))]:
        for body in _bodies(parent):
            for index in range(len(body) - 1, -1, -1):
                loop = body[index]
                if isinstance(loop, nodes.For) and isinstance(loop.iter, nodes.Name):
                    body.insert(index + 1, _left_out(loop.iter.name, loop))


def _left_out(name: str, loop: nodes.For) -> nodes.Node:
    """Write what follows a loop: on a line of its own if the loop's entries stand on theirs."""
    left_out = nodes.Getattr(nodes.Name(name, "load"), "more", "load")
    last = loop.body[-1] if loop.body else None
    tail = last.nodes[-1] if isinstance(last, nodes.Output) and last.nodes else None
    end = "\n" if not isinstance(tail, nodes.TemplateData) or tail.data.endswith("\n") else ""
    said = nodes.Output([left_out, nodes.TemplateData(end)])
    return nodes.If(left_out, [said], [], []).set_lineno(loop.lineno)


def _bodies(parent: nodes.Node) -> list[list[nodes.Node]]:
    """Give the blocks that a node has; the branches of an `elif` are nodes of their own."""
    match parent:
        case nodes.Template():
            return [parent.body]
        case nodes.If() | nodes.For():
            return [parent.body, parent.else_]
        case _:
            return []
