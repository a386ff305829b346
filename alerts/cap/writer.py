"""Writes a CAP 1.2 message as XML that the standard's schema allows."""

from typing import Any

from lxml import etree

from alerts.cap.message import Message
from alerts.cap.shapes import ALERT, NAMESPACE, Shape


def write(message: Message) -> bytes:
    """Give the document, in UTF-8; what is empty and not required is left out."""
    root = etree.Element(f"{{{NAMESPACE}}}alert", nsmap={None: NAMESPACE})  # type: ignore[dict-item]  # lxml's name for no prefix
    _fill(root, ALERT, message)
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def without_controls(text: str) -> str:
    """Give a text without the characters that XML 1.0 cannot hold, each replaced."""
    return "".join(sign if _is_allowed(sign) else "\N{REPLACEMENT CHARACTER}" for sign in text)


def _is_allowed(sign: str) -> bool:
    return sign in "\t\n\r" or " " <= sign <= "\ud7ff" or "\ue000" <= sign <= "\ufffd" or sign >= "\U00010000"


def _fill(element: etree._Element, shape: Shape, value: Any) -> None:
    for part in shape.parts:
        held = getattr(value, part.name)
        for one in held if part.is_list else (held,):
            if not part.is_list and not part.is_required and (one is None or one == ""):
                continue
            child = etree.SubElement(element, f"{{{NAMESPACE}}}{part.element}")
            if isinstance(part.form, Shape):
                _fill(child, part.form, one)
            else:
                child.text = without_controls(part.form.write(one))
