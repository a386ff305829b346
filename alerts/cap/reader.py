"""Reads a CAP 1.2 document: everything that the standard's schema allows, whole, or an error that names the element.

More liberal than the schema in what does no harm: elements in any order, white space around values, attributes, a Z or
a fraction in a moment.
"""

import re
from typing import Any

from alerts.cap.message import Message, Reference
from alerts.cap.shapes import ALERT, NAMESPACE, SIGNATURE_NAMESPACE, Form, Part, Shape, read_moment
from alerts.cap.xml import Node, parse
from alerts.errors import BadDocument

OTHER_VERSIONS = {
    "urn:oasis:names:tc:emergency:cap:1.1": "CAP 1.1",
    "urn:oasis:names:tc:emergency:cap:1.0": "CAP 1.0",
    "http://www.incident.com/cap/1.0": "CAP 1.0",
}
REFERENCES_AT_MOST = 100


def read(content: bytes) -> Message:
    """Read a document.

    Args:
        content: the bytes as they came, in whatever encoding they name.

    Raises:
        BadDocument: it is no CAP 1.2 message; `place` is the path of the element, such as `info[2]/severity`.
    """
    return message_of(parse(content))


def message_of(root: Node) -> Message:
    """Read a message from an element that is parsed already, such as one inside a feed. Raises `BadDocument`."""
    if root.name != "alert" or root.namespace != NAMESPACE:
        raise BadDocument(root.name, _why_not(root))
    signatures = [child for child in root.children if child.namespace == SIGNATURE_NAMESPACE]
    values = _values(root, ALERT, "", [child for child in root.children if child.namespace != SIGNATURE_NAMESPACE])
    return Message(**values, is_signed=bool(signatures))


def read_references(text: str) -> tuple[Reference, ...]:
    """Take apart what stands in <references>: `sender,identifier,sent`, with white space between several.

    Raises:
        BadDocument: one of them is not of that form.
    """
    entries = text.split()
    if len(entries) > REFERENCES_AT_MOST:
        raise BadDocument("references", f"<references> names more than {REFERENCES_AT_MOST} messages")
    found: dict[Reference, None] = {}
    for entry in entries:
        try:
            sender, identifier, sent = entry.split(",")
            found[Reference(sender, identifier, read_moment(sent))] = None
        except ValueError:
            raise BadDocument(
                "references", f"<references> must name messages as sender,identifier,sent; '{entry[:100]}' is not so"
            ) from None
    return tuple(found)


def _why_not(root: Node) -> str:
    if root.namespace in OTHER_VERSIONS:
        return f"<{root.name}> is {OTHER_VERSIONS[root.namespace]}; only CAP 1.2 is taken ({NAMESPACE})"
    where = f"in the namespace {root.namespace[:100]}" if root.namespace else "in no namespace"
    return f"the document begins with <{root.name}> {where}; CAP 1.2 begins with <alert> in {NAMESPACE}"


def _values(node: Node, shape: Shape, place: str, children: list[Node]) -> dict[str, Any]:
    """Give the values of an element's parts by their names."""
    if node.text.strip():
        raise BadDocument(place or node.name, f"<{node.name}> has text between its elements")
    known = {part.element: part for part in shape.parts}
    found: dict[str, list[Node]] = {}
    for child in children:
        if child.namespace != NAMESPACE:
            where = child.namespace[:100] or "no namespace"
            raise BadDocument(_path(place, child.name), f"<{child.name}> in {where} is not part of CAP 1.2")
        if child.name not in known:
            raise BadDocument(_path(place, child.name), f"<{child.name}> is not known in <{node.name}>")
        found.setdefault(child.name, []).append(child)
    values: dict[str, Any] = {}
    for part in shape.parts:
        nodes = found.get(part.element, [])
        if part.is_required and not nodes:
            raise BadDocument(_path(place, part.element), f"<{part.element}> is missing in <{node.name}>")
        if len(nodes) > 1 and not part.is_list:
            raise BadDocument(_path(place, part.element), f"<{part.element}> is there {len(nodes)} times")
        read = [_value(child, part, _path(place, part.element, number)) for number, child in enumerate(nodes, start=1)]
        if part.is_list:
            values[part.name] = tuple(read)
        elif read:
            values[part.name] = read[0]
    return values


def _value(node: Node, part: Part, place: str) -> Any:
    if isinstance(part.form, Shape):
        return part.form.value(**_values(node, part.form, place, node.children))
    return _simple(node, part.form, place)


def _simple(node: Node, form: Form, place: str) -> Any:
    if node.children:
        raise BadDocument(place, f"<{node.name}> has elements in it, and must have text alone")
    try:
        return form.read(node.text)
    except ValueError as error:
        shown = re.sub(r"\s+", " ", node.text).strip()[:60]
        raise BadDocument(place, f"<{node.name}> {error}, not '{shown}'") from None


def _path(place: str, element: str, number: int = 1) -> str:
    step = element if number == 1 else f"{element}[{number}]"
    return f"{place}/{step}" if place else step
