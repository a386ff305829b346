"""The words of our own CAP documents."""

from alerts.cap.outgoing import IssuerWords
from alerts.publishing.alert import AlertKind
from alerts.reporting.guide import Guide
from alerts.subscribers.sectors import Directory
from handlers.texts import Texts


def issuer_words(texts: Texts, directory: Directory, guide: Guide, operator: str) -> IssuerWords:
    """Give what every document says besides its alert's own words."""
    numbers = " · ".join(f"{channel.name} {channel.ways[0].value}" for channel in guide.footer)
    return IssuerWords(
        events={
            AlertKind.ADHOC: texts.plain("cap.event.adhoc"),
            AlertKind.LEVEL: texts.plain("cap.event.level"),
            AlertKind.DRILL: texts.plain("cap.event.drill"),
            AlertKind.SELF_TEST: texts.plain("cap.event.self-test"),
        },
        everywhere=texts.plain("cap.everywhere", operator=operator),
        instruction=texts.plain("cap.instruction", numbers=numbers),
        restriction=texts.plain("cap.restriction", operator=operator),
        stopped=texts.plain("cap.stopped"),
        sectors={sector.code: sector.name for sector in directory.sectors},
        regions={region.code: region.name for region in directory.regions},
    )
