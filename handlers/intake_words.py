"""The words of what other systems send in: a CAP message as a text, marks of what is not meant, a cancellation."""

import unicodedata
from collections.abc import Iterable
from dataclasses import replace

from alerts.cap.message import Area, Info, Message, MessageStatus, MessageType, Reference
from alerts.cap.reader import read_references
from alerts.errors import BadDocument
from alerts.intake.submission import Worded
from alerts.publishing.alert import Alert
from alerts.publishing.checks import BODY_LIMIT, HEADLINE_LIMIT
from alerts.publishing.shorten import shorten_html
from alerts.text import cut_to
from handlers.texts import Html, Texts, join, lines

ROOM = 1_500
"""UTF-16 units that are left for marks and for what a draft gets beside the text."""

FORMATTED_PLACES = 70
GEOCODES_SHOWN = 4
AREAS_SHOWN = 40
PREFERRED = "en"


class IntakeWording:
    """What documents from outside say, in words; nothing of it is HTML of the sender's."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def of_message(self, message: Message) -> Worded:
        """Put a CAP message into a text: every language, ours first, then what belongs to the message as a whole.

        Of a cancellation only the reasons are told: the rest is what holds no more.

        Left out are what people cannot read: polygons, circles, heights, digests, files that are in the document
        itself, and the codes for machines.
        """
        infos = sorted(message.infos, key=lambda info: not info.language.lower().startswith(PREFERRED))
        headline = _line(infos[0].headline or infos[0].event) if infos else ""
        headline = headline or _line(message.note) or self._texts.plain("intake.headline.none")
        short = cut_to(headline, HEADLINE_LIMIT)
        is_said = short == headline
        if message.message_type is MessageType.CANCEL:
            reasons = [self._escaped(_paragraphs(info.description)) for info in infos]
            return self._fitted(short, join(*reasons, self._envelope(message)))
        blocks = [
            self._info(info, is_alone=len(infos) == 1, says_headline=number > 0 or not is_said)
            for number, info in enumerate(infos)
        ]
        return self._fitted(short, join(*blocks, self._envelope(message)))

    def of_text(self, headline: str, body: str) -> Worded:
        """Take a headline and canonical HTML that were sent as such."""
        line = _line(headline)
        short = cut_to(line, HEADLINE_LIMIT)
        return self._fitted(short, body if short == line else join(Html(f"<b>{self._escaped(line)}</b>"), body))

    def marked(self, worded: Worded, status: MessageStatus) -> Worded:
        """Say at the beginning and at the end of the text that it is not meant; for an exercise in the headline too."""
        word = status.lower()
        mark = self._texts(f"intake.mark.{word}")
        headline = worded.headline
        if status is not MessageStatus.TEST:  # the headline of a test is marked with the draft that it becomes
            headline = cut_to(self._texts.plain(f"intake.{word}.headline", headline=headline), HEADLINE_LIMIT)
        return replace(worded, headline=headline, body=join(mark, worded.body, mark))

    def cancelled(self, earlier: Alert, said: Worded) -> Worded:
        """Say that an alert is cancelled, and what its issuer says besides what the alert has said already."""
        known = set(earlier.body.split("\n\n"))
        fresh = [paragraph for paragraph in said.body.split("\n\n") if paragraph not in known]
        headline = self._texts.plain("intake.cancelled.headline", headline=earlier.headline)
        moment = earlier.sending_at or earlier.created_at
        body = self._texts("intake.cancelled", reference=earlier.reference, moment=moment, headline=earlier.headline)
        return self._fitted(cut_to(headline, HEADLINE_LIMIT), join(body, *fresh))

    def _fitted(self, headline: str, body: str) -> Worded:
        short, is_cut = shorten_html(body, BODY_LIMIT - ROOM, FORMATTED_PLACES)
        if is_cut:
            short = join(short, self._texts("incoming.cut.no-link"))
        return Worded(headline, short, is_cut)

    def _info(self, info: Info, *, is_alone: bool, says_headline: bool) -> Html:
        """Give one language's block."""
        headline = _line(info.headline or info.event)
        top = lines(
            "" if is_alone else self._texts("intake.language", language=info.language),
            Html(f"<b>{self._escaped(headline)}</b>") if says_headline and headline else "",
        )
        instruction = _paragraphs(info.instruction)
        return join(
            top,
            self._escaped(_paragraphs(info.description)),
            self._texts("intake.instruction", instruction=instruction) if instruction else "",
            self._facts(info),
        )

    def _facts(self, info: Info) -> Html:
        """Give the lines of who, where, when and how sure; what the block does not say has no line."""
        event = _line(info.event)
        web = _line(info.web)
        rows = {
            "intake.event": event if _line(info.headline) and event != _line(info.headline) else "",
            "intake.area": "; ".join(self._areas(info.areas)),
            "intake.audience": _line(info.audience),
            "intake.onset": self._when(info.onset or info.effective),
            "intake.ends": self._when(info.expires),
            "intake.issuer": _line(info.sender_name),
            "intake.contact": _line(info.contact),
            "intake.web": web,
        }
        scale = self._texts("intake.scale", urgency=info.urgency, severity=info.severity, certainty=info.certainty)
        more = [(_line(one.name), _line(one.value)) for one in info.parameters]
        files = [(_line(one.description) or _line(one.mime_type), _line(one.uri)) for one in info.resources]
        return lines(
            *(self._texts(key, value=value) for key, value in rows.items() if value),
            scale,
            *(self._texts("intake.parameter", name=name, value=value) for name, value in more if value),
            *(self._texts("intake.resource", name=name, address=address) for name, address in files if address),
        )

    def _areas(self, areas: tuple[Area, ...]) -> Iterable[str]:
        for area in areas[:AREAS_SHOWN]:
            codes = [f"{_line(code.name)} {_line(code.value)}" for code in area.geocodes[:GEOCODES_SHOWN]]
            more = len(area.geocodes) - GEOCODES_SHOWN
            if more > 0:
                codes.append(self._texts.plain("intake.geocodes.more", more=more))
            yield f"{_line(area.description)} ({', '.join(codes)})" if codes else _line(area.description)
        if len(areas) > AREAS_SHOWN:
            yield self._texts.plain("intake.areas.more", more=len(areas) - AREAS_SHOWN)

    def _envelope(self, message: Message) -> Html:
        """Give the lines that belong to the message as a whole."""
        rows = {
            "intake.note": _line(message.note),
            "intake.restriction": _line(message.restriction),
            "intake.incidents": _line(message.incidents),
        }
        return lines(
            *(self._texts(key, value=value) for key, value in rows.items() if value),
            *(self._reference(one) for one in _references(message)),
            self._texts(
                "intake.message", identifier=message.identifier, sender=message.sender, sent=self._when(message.sent)
            ),
        )

    def _reference(self, reference: Reference) -> Html:
        sent = self._when(reference.sent)
        return self._texts("intake.refers", identifier=reference.identifier, sender=reference.sender, sent=sent)

    def _when(self, moment: object) -> str:
        """Write a moment in the readers' zone; one that no calendar of ours reaches, as it is."""
        if moment is None:
            return ""
        try:
            return self._texts.plain("intake.when", moment=moment)
        except OverflowError:
            return str(moment)

    def _escaped(self, text: str) -> Html:
        return self._texts("intake.text", text=text)


def _references(message: Message) -> tuple[Reference, ...]:
    try:
        return read_references(message.references)
    except BadDocument:  # of a message that acts on nothing they are no reason to refuse it
        return ()


def _line(text: str) -> str:
    return " ".join(_visible(text).split())


def _paragraphs(text: str) -> str:
    """Give a text with its paragraphs; line breaks and indents inside one come from the document's layout."""
    paragraphs = _visible(text).replace("\r\n", "\n").replace("\r", "\n").split("\n\n")
    told = [[" ".join(row.split()) for row in part.split("\n")] for part in paragraphs]
    return "\n\n".join("\n".join(filter(None, rows)) for rows in told if any(rows))


def _visible(text: str) -> str:
    """Leave out control characters, and those that turn the direction of what follows."""
    return "".join(sign for sign in text if sign in "\n\r\t" or unicodedata.category(sign) not in {"Cc", "Cs"})
