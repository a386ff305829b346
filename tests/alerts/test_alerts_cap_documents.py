import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree
from support.cap_schema import CAP, documents, is_valid, samples

from alerts.cap.message import Certainty, MessageStatus, MessageType, Named, Reference
from alerts.cap.reader import read, read_references
from alerts.cap.shapes import read_moment, write_moment
from alerts.cap.writer import write
from alerts.cap.xml import BYTES_AT_MOST, DEPTH_AT_MOST, ELEMENTS_AT_MOST
from alerts.errors import BadDocument

SAMPLE = samples()["oasis-threat-level-update"].decode()
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")


def leaves(document: bytes) -> Counter[tuple[str, str]]:
    """Count what stands in the elements of CAP that have a text, moments as moments."""
    found: Counter[tuple[str, str]] = Counter()
    for element in etree.fromstring(document).iter(f"{{{CAP}}}*"):
        text = element.text or ""
        if len(element) == 0 and text:
            told = str(read_moment(text)) if MOMENT.fullmatch(text) else text
            found[element.tag, told] += 1
    return found


@pytest.mark.parametrize("name", samples())
def test_the_standards_examples_come_in_whole(name):
    """Both languages, every text, code, parameter, resource and area are in the message, and go out again validly."""
    message = read(samples()[name])
    written = write(message)
    assert is_valid(written)
    assert read(written) == message
    assert leaves(written) - leaves(samples()[name]) <= Counter({(f"{{{CAP}}}language", "en-US"): 1})
    assert not leaves(samples()[name]) - leaves(written)


def test_the_amber_alert_is_understood():
    """Two languages, the event code, the area's code and the moment with its offset are values, not text."""
    message = read(samples()["oasis-amber-alert"])
    assert [info.language for info in message.infos] == ["en-US", "es-US"]
    assert message.infos[0].certainty is Certainty.LIKELY
    assert message.infos[1].areas[0].geocodes == (Named("SAME", "006037"),)
    assert (message.status, message.message_type) == (MessageStatus.ACTUAL, MessageType.ALERT)
    assert write_moment(message.sent) == "2003-06-11T22:39:00-07:00"


@given(documents())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
def test_whatever_the_schema_allows_comes_in_whole(document):
    """No text that a valid document holds is lost, and what goes out is valid and reads as the same message."""
    assert is_valid(document)
    message = read(document)
    written = write(message)
    assert is_valid(written)
    assert read(written) == message
    assert not leaves(document) - leaves(written)


@pytest.mark.parametrize(
    "changed",
    [
        SAMPLE.replace("UTF-8", "UTF-16").encode("utf-16"),
        b"\xef\xbb\xbf" + SAMPLE.encode(),
        b"\n\n  " + SAMPLE.encode(),
        SAMPLE.replace("hsas@dhs.gov", "<![CDATA[hsas@dhs.gov]]><!-- who -->").encode(),
        SAMPLE.replace("<scope>", "<?page break?><scope>").encode(),
        SAMPLE.replace("<status>Actual", "<status>\n  Actual ").encode(),
        SAMPLE.replace("<alert ", '<alert xmlns:xsi="urn:x" xsi:schemaLocation="a b" ').encode(),
        re.sub(r"<(/?)(?=[a-z])", r"<\1c:", SAMPLE).replace("xmlns =", "xmlns:c =").encode(),
        SAMPLE.replace("</alert>", '<s:Signature xmlns:s="http://www.w3.org/2000/09/xmldsig#"/></alert>').encode(),
        SAMPLE.replace("<scope>Public</scope>", "").replace("<status>", "<scope>Public</scope><status>").encode(),
    ],
    ids=["utf-16", "bom", "blank", "cdata", "instruction", "spaces", "attributes", "prefix", "signature", "order"],
)
def test_what_real_issuers_do_changes_nothing(changed):
    """Encodings, marks, comments, prefixes, a signature and the order of elements leave the message what it is."""
    assert read(changed) == read(SAMPLE.encode())


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026-11-23T12:00:00-00:00", "2026-11-23T12:00:00+00:00"),
        ("2026-11-23T12:00:00Z", "2026-11-23T12:00:00+00:00"),
        ("2026-11-23T12:00:00.250+01:00", "2026-11-23T12:00:00+01:00"),
        ("2026-11-23T24:00:00+01:00", "2026-11-24T00:00:00+01:00"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_moments_are_read_as_they_come(text, written):
    """Every offset is kept, and what the standard forbids but issuers write is understood."""
    assert write_moment(read_moment(text)) == written


def bomb(declared: str, used: str = "&b;") -> str:
    """Put a document type before the sample, and an entity into it."""
    body = SAMPLE.split("?>", 1)[1].strip().replace("hsas@dhs.gov", used)
    return f'<?xml version="1.0"?>\n<!DOCTYPE alert {declared}>{body}'


LAUGHS = "".join(f'<!ENTITY {to} "{f"&{of};" * 20}">' for of, to in zip("abcdefgh", "bcdefghi", strict=True))


@pytest.mark.parametrize(
    ("document", "place", "says"),
    [
        (bomb(f'[<!ENTITY a "ha">{LAUGHS}]', "&i;"), "alert", "document type"),
        (bomb('[<!ENTITY b SYSTEM "file:///etc/passwd">]'), "alert", "document type"),
        (bomb('SYSTEM "http://127.0.0.1:9/x.dtd"'), "alert", "document type"),
        (bomb('[<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]'), "alert", "document type"),
        (SAMPLE.replace("hsas@dhs.gov", "a&nbsp;b"), "", "nbsp"),
        (SAMPLE.replace("cap:1.2", "cap:1.1"), "alert", "CAP 1.1"),
        (SAMPLE.replace("urn:oasis:names:tc:emergency:cap:1.2", "http://www.incident.com/cap/1.0"), "alert", "CAP 1.0"),
        (SAMPLE.replace("urn:oasis:names:tc:emergency:cap:1.2", "urn:other"), "alert", "namespace urn:other"),
        (SAMPLE.replace('xmlns = "urn:oasis:names:tc:emergency:cap:1.2"', ""), "alert", "no namespace"),
        ("<html><body>Under maintenance</body></html>", "html", "<alert>"),
        ("", "", "no well-formed XML"),
        ("not XML", "", "no well-formed XML"),
        (SAMPLE[:700], "", "no well-formed XML"),
        (SAMPLE.replace("UTF-8", "no-such"), "", "no-such"),
        (SAMPLE.replace("<sender>hsas@dhs.gov</sender>", ""), "sender", "<sender> is missing"),
        (SAMPLE.replace("hsas@dhs.gov", " "), "sender", "must not be empty"),
        (SAMPLE.replace("hsas@dhs.gov", "<b>hsas</b>"), "sender", "elements in it"),
        (SAMPLE.replace("<scope>", "<scope>Public</scope><scope>"), "scope", "2 times"),
        (SAMPLE.replace("<scope>", "text<scope>"), "alert", "text between"),
        (SAMPLE.replace("<scope>", "<colour/><scope>"), "colour", "not known in <alert>"),
        (SAMPLE.replace("<scope>", '<x xmlns="urn:x"/><scope>'), "x", "not part of CAP 1.2"),
        (SAMPLE.replace("<severity>Severe", "<severity>Dire"), "info/severity", "must be one of Extreme"),
        (SAMPLE.replace("Actual", "actual"), "status", "must be one of Actual"),
        (SAMPLE.replace("2003-04-02T14:39:01-05:00", "2 April 2003"), "sent", "moment with its offset"),
        (SAMPLE.replace("2003-04-02T14:39:01-05:00", "2003-02-30T14:39:01-05:00"), "sent", "does not exist"),
        (SAMPLE.replace("<valueName>HSAS</valueName>", ""), "info/parameter/valueName", "is missing"),
        (SAMPLE.replace("<identifier>", "<i>" * DEPTH_AT_MOST + "<identifier>"), "i", "deep"),
        (SAMPLE.replace("<scope>", "<code/>" * ELEMENTS_AT_MOST + "<scope>"), "code", "elements"),
        (" " * (BYTES_AT_MOST + 1), "", "bytes"),
    ],
    ids=range(29),
)
def test_what_is_no_cap_is_refused_by_the_element(document, place, says):
    """An attack or a mistake is refused with a sentence, and the element that is to blame is named."""
    with pytest.raises(BadDocument) as refused:
        read(document.encode())
    assert refused.value.place == place
    assert says in str(refused.value)


def test_the_second_of_several_is_named_by_its_number():
    """With several information blocks one learns which is to blame."""
    document = samples()["oasis-amber-alert"].decode()
    wrong = "Unknown".join(document.rsplit("Immediate", 1)).replace("Unknown", "Soon")
    with pytest.raises(BadDocument) as refused:
        read(wrong.encode())
    assert refused.value.place == "info[2]/urgency"


def test_references_name_messages_by_three_things():
    """White space divides them, a message named twice is one, and the moment is one however it is written."""
    first = Reference("a@example.org", "urn:oid:2.49.0.1", read_moment("2026-11-23T12:00:00+00:00"))
    same = ("2026-11-23T12:00:00-00:00", "2026-11-23T13:00:00+01:00")
    assert read_references("\n ".join(f"a@example.org,urn:oid:2.49.0.1,{moment}" for moment in same)) == (first,)
    assert read_references("") == ()


@pytest.mark.parametrize("text", ["a,b", "a,b,c,2026-11-23T12:00:00+00:00", "a,b,yesterday", "a"])
def test_references_of_another_form_are_refused(text):
    """A reference that cannot be told for sure acts on nothing."""
    with pytest.raises(BadDocument, match="sender,identifier,sent"):
        read_references(text)


def test_what_xml_cannot_hold_is_replaced():
    """A control character in an alert of ours does not keep it from going out."""
    message = read(SAMPLE.encode())
    odd = replace(message, infos=(replace(message.infos[0], headline="a\x00b\x1bc\ud800"),))
    assert read(write(odd)).infos[0].headline == "a\ufffdb\ufffdc\ufffd"
