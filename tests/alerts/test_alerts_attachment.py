"""Pictures and documents: what Telegram would refuse is refused while the alert is written."""

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from support.outbox import Outbox
from support.pictures import picture

from alerts.errors import InvalidInput, NotFound
from alerts.publishing.alert import Severity
from alerts.publishing.attachment import (
    DOCUMENT_MEGABYTES,
    MEGABYTE,
    NAME_LIMIT,
    PHOTO_MEGABYTES,
    Attachment,
    AttachmentKind,
    check_attachment,
)
from alerts.publishing.desk import Content
from alerts.publishing.files import Files

PHOTO, DOCUMENT = AttachmentKind.PHOTO, AttachmentKind.DOCUMENT
MOST = {PHOTO: PHOTO_MEGABYTES * MEGABYTE, DOCUMENT: DOCUMENT_MEGABYTES * MEGABYTE}
PNG = picture(8, 8)


def refusal(kind: AttachmentKind, content: bytes) -> InvalidInput:
    """Give the refusal of a file."""
    with pytest.raises(InvalidInput) as refused:
        check_attachment(kind, "gate.png", content)
    return refused.value


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_whole_picture_is_taken(form: str):
    """A picture in one of the formats that Telegram shows becomes an attachment that has no file id yet."""
    content = picture(40, 30, form)
    assert check_attachment(PHOTO, "/home/dana/gate.png", content) == Attachment(PHOTO, "gate.png", "")


@pytest.mark.parametrize("kind", AttachmentKind)
def test_an_empty_file_is_refused(kind: AttachmentKind):
    """There is nothing to show in a file without a byte."""
    assert refusal(kind, b"").problem == "attachment-empty"


@pytest.mark.parametrize(("kind", "megabytes"), [(PHOTO, 10), (DOCUMENT, 50)])
def test_a_file_may_have_so_many_megabytes(kind: AttachmentKind, megabytes: int):
    """10 MB of a picture and 50 MB of a document are taken, and one byte more is refused with the limit."""
    full = PNG + bytes(MOST[kind] - len(PNG))
    assert check_attachment(kind, "gate.png", full).kind is kind
    refused = refusal(kind, full + b"\0")
    assert (refused.problem, refused.details) == ("attachment-too-large", {"megabytes": megabytes})


@pytest.mark.parametrize(("width", "height"), [(5000, 5000), (9523, 477), (477, 9523), (200, 10), (10, 200), (1, 1)])
def test_a_picture_at_the_limits_of_its_sides_is_taken(width: int, height: int):
    """Sides of 10,000 pixels together and of twenty to one are what Telegram still takes."""
    assert check_attachment(PHOTO, "gate.png", picture(width, height)).kind is PHOTO


@pytest.mark.parametrize(("width", "height"), [(5001, 5000), (5000, 5001), (201, 10), (10, 201), (1, 21), (9999, 2)])
def test_a_picture_beyond_the_limits_of_its_sides_is_refused(width: int, height: int):
    """One pixel more is refused with the sides that the picture has, and with what to do."""
    refused = refusal(PHOTO, picture(width, height))
    assert (refused.problem, refused.details) == ("picture-dimensions", {"width": width, "height": height})
    assert "send it as a document" in str(refused)


@pytest.mark.parametrize(
    "content",
    [
        PNG[:-20],
        PNG[: len(PNG) // 2],
        PNG[:8],
        picture(40, 30, "JPEG")[:-30],
        picture(8, 8, "GIF"),
        picture(8, 8, "BMP"),
        b"%PDF-1.7",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\0",
    ],
    ids=["cut PNG", "half a PNG", "PNG's mark", "cut JPEG", "GIF", "BMP", "PDF", "SVG", "a byte"],
)
def test_what_is_no_whole_picture_is_refused_as_one_and_taken_as_a_document(content: bytes):
    """A broken picture or another format is refused before Telegram would, while a document may be anything."""
    assert refusal(PHOTO, content).problem == "picture-unreadable"
    assert check_attachment(DOCUMENT, "gate.png", content) == Attachment(DOCUMENT, "gate.png")


def test_a_picture_that_would_fill_the_memory_is_refused():
    """A small file that claims a billion pixels is refused by its header, and nothing of it is unpacked."""
    header = BytesIO()
    Image.new("1", (1, 1)).save(header, "PNG")
    bomb = bytearray(header.getvalue())
    bomb[16:24] = (40_000).to_bytes(4) + (40_000).to_bytes(4)
    assert refusal(PHOTO, bytes(bomb)).problem == "picture-unreadable"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("plan.pdf", "plan.pdf"),
        ("../../etc/plan.pdf", "plan.pdf"),
        ("", "file"),
        (".hidden", ".hidden"),
        ("x" * 100 + ".pdf", "x" * 56 + ".pdf"),
        ("Übung " * 20, ("Übung " * 20)[:60]),
        ("x." + "y" * 100, "." + "y" * 59),
    ],
)
def test_the_name_of_a_file_is_short_and_without_folders(given: str, kept: str):
    """A long name loses its middle and keeps its ending, and no folder of the officer's machine is told."""
    assert check_attachment(DOCUMENT, given, b"x").name == kept
    assert len(kept) <= NAME_LIMIT == 60


async def test_a_file_waits_in_the_store_until_telegram_has_it(outbox: Outbox):
    """The bytes are kept with the alert, and go when Telegram's name of the file is there; then nothing is left."""
    await outbox.subscribe(1)
    files = Files(outbox.store)
    made = check_attachment(PHOTO, "gate.png", PNG)
    expires_at = outbox.clock.now() + timedelta(hours=6)
    content = Content("Test", "Text", Severity.ADVISORY, expires_at, attachment=made, upload=PNG)
    alert, _ = await outbox.desk.issue(content, origin="command line")
    other = await outbox.send()
    assert alert.attachment == made
    assert await files.content(alert.id) == PNG
    await files.uploaded(alert.id, "file-7")
    assert (await outbox.desk.find(alert.id)).attachment == Attachment(PHOTO, "gate.png", "file-7")
    for one in (alert, other):
        with pytest.raises(NotFound, match="no file that waits"):
            await files.content(one.id)
    assert (await outbox.desk.find(other.id)).attachment is None


async def test_a_file_that_telegram_has_is_not_kept_again(outbox: Outbox):
    """A draft takes a file that came through the chat by its file id, and gives it up again."""
    draft = await outbox.draft(1, attachment=Attachment(DOCUMENT, "plan.pdf", "file-9"))
    assert draft.attachment == Attachment(DOCUMENT, "plan.pdf", "file-9")
    with pytest.raises(NotFound):
        await Files(outbox.store).content(draft.id)
    assert (await outbox.desk.revise(draft.id, 1, attachment=None)).attachment is None
