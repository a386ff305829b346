"""A hardened reader of small XML documents, on lxml: no DTD, no entities, no network, and limits to every size.

A document type is refused where it begins, before anything that it declares is read. So there is nothing to expand.
"""

from dataclasses import dataclass, field

from lxml import etree

from alerts.errors import BadDocument

BYTES_AT_MOST = 2_000_000
"""Far more than the largest warnings that weather services issue, with all their polygons and languages."""

DEPTH_AT_MOST = 24
"""CAP needs 5 levels, a signature beside it about 8."""

ELEMENTS_AT_MOST = 20_000


@dataclass(slots=True)
class Node:
    """An element.

    Attributes:
        namespace: "" for none.
        name: without prefix.
        text: what stands directly in it, around and between its children.
        attributes: by their names, those in a namespace as `{namespace}name`.
    """

    namespace: str
    name: str
    attributes: dict[str, str]
    text: str = ""
    children: list["Node"] = field(default_factory=list)


def parse(content: bytes, bytes_at_most: int = BYTES_AT_MOST) -> Node:
    """Give the root element of a document.

    Raises:
        BadDocument: it is no well-formed XML, has a document type, or is too large or too deep.
    """
    if len(content) > bytes_at_most:
        raise BadDocument("", f"the document has {len(content):,} bytes; {bytes_at_most:,} are the most")
    target = _Target()
    parser = etree.XMLParser(
        target=target,  # type: ignore[arg-type]  # comments go unseen, and text comes as str
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
    )
    try:
        etree.fromstring(content.lstrip(b" \t\r\n"), parser)
    except (etree.XMLSyntaxError, UnicodeError, ValueError, LookupError) as error:
        raise BadDocument("", f"this is no well-formed XML: {_first_line(error)}") from None
    if target.root is None:
        raise BadDocument("", "this is no XML: it has no element")
    return target.root


def _first_line(error: Exception) -> str:
    said = error.msg if isinstance(error, etree.XMLSyntaxError) else str(error)
    lines = (said or "").splitlines()
    return lines[0][:200] if lines else "it is empty"


class _Target:
    """Builds the nodes as the parser goes, and stops it at the first thing that is not wanted."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._texts: list[list[str]] = []
        self._elements = 0

    def doctype(self, name: str, _public: str | None, _system: str | None) -> None:
        raise BadDocument(name, "a document type (<!DOCTYPE …>) is not taken: neither DTD nor entities are read")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _, name = tag.rpartition("}")
        node = Node(namespace.removeprefix("{"), name, dict(attributes))
        self._elements += 1
        if self._elements > ELEMENTS_AT_MOST:
            raise BadDocument(name, f"the document has more than {ELEMENTS_AT_MOST:,} elements")
        if len(self._open) >= DEPTH_AT_MOST:
            raise BadDocument(name, f"elements stand inside each other more than {DEPTH_AT_MOST} deep")
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)
        self._texts.append([])

    def end(self, _tag: str) -> None:
        self._open.pop().text = "".join(self._texts.pop())

    def data(self, text: str) -> None:
        if self._texts:
            self._texts[-1].append(text)

    def close(self) -> None:
        """Nothing is left to do: the root is an attribute."""
