import random
import re
import string
from urllib.parse import parse_qs, urlsplit

import pytest

from alerts.errors import InvalidInput
from alerts.subscribers.sectors import Directory
from handlers.links import MEANING, Link, LinkKind

ALPHABET = string.ascii_letters + string.digits + "_-"
LONGEST_PAYLOAD = 64


def payload_of(link: Link) -> str:
    """Give what Telegram hands over when somebody follows a link."""
    address = urlsplit(link.address("cascade_bot"))
    assert (address.scheme, address.netloc, address.path) == ("https", "t.me", "/cascade_bot")
    (payload,) = parse_qs(address.query)["start"]
    return payload


def test_every_kind_of_link_has_a_meaning():
    """What the docs list is what there is."""
    assert MEANING.keys() == set(LinkKind)


@pytest.mark.parametrize("kind", LinkKind)
def test_what_is_written_is_read_again(kind: LinkKind):
    """Any code of Telegram's letters comes back as it was given, at every length that fits, within Telegram's limit."""
    chance = random.Random(20261123)  # noqa: S311 - repeatable
    for length in range(1, LONGEST_PAYLOAD - len(kind) + 1):
        link = Link(kind, "".join(chance.choices(ALPHABET, k=length)))
        payload = payload_of(link)
        assert Link.read(payload) == link
        assert re.fullmatch(r"[A-Za-z0-9_-]+", payload)
        assert len(payload) <= LONGEST_PAYLOAD


def test_every_sector_and_reference_fits_into_a_link(directory: Directory):
    """The codes in use need nothing that Telegram's links cannot carry."""
    for sector in directory.sectors:
        assert Link.read(payload_of(Link(LinkKind.SECTOR, sector.code))).code == sector.code
    assert Link.read(payload_of(Link(LinkKind.ALERT, "C-2026-0007"))).code == "C-2026-0007"


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "s",
        "s-",
        "-",
        "-x",
        "x-y",
        "i-x",
        "inv-x",
        "INV_x",
        "inv_",
        "S-x",
        "ss-x",
        "s x",
        " s-x",
        "s-x ",
        "s-x\n",
        "s-é",
        "s-٣",
        "s-" + "x" * 63,
    ],
)
def test_what_is_no_payload_of_ours_is_refused(payload: str):
    """Cut, foreign and overlong payloads are one kind of mistake, of which nothing is repeated."""
    with pytest.raises(InvalidInput) as refused:
        Link.read(payload)
    assert (refused.value.problem, refused.value.details) == ("link-unreadable", {})


def test_no_made_up_payload_does_anything_but_be_refused():
    """Whatever characters arrive, the answer is a link or the one refusal."""
    chance = random.Random(7)  # noqa: S311 - repeatable
    characters = ALPHABET + "'\";%<>{} \n\x00é🚧"
    for _ in range(2000):
        payload = "".join(chance.choices(characters, k=chance.randint(0, 70)))
        try:
            link = Link.read(payload)
        except InvalidInput:
            continue
        assert payload_of(link) == payload
