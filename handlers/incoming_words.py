"""The words beside what came from outside: whose it is, that nobody has checked it, that it was cut or is a test."""

from typing import Any

from handlers.screen import Button, Screen, button_data
from handlers.texts import Html, Texts, join


class IncomingWording:
    """What a draft gets beside the words that came from outside."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def cut(self, link: str | None) -> str:
        """Say that a text was too long, and where the whole of it stands."""
        return self._texts("incoming.cut", link=link) if link else self._texts("incoming.cut.no-link")

    def source(self, source: str, link: str | None) -> str:
        """Say where a text comes from."""
        name = source_name(self._texts, source)
        if link is None:
            return self._texts("incoming.source.no-link", source=name)
        return self._texts("incoming.source", source=name, link=link)

    def test(self, headline: str) -> str:
        """Mark a headline as that of a test, unless it says already that it is an exercise."""
        if headline.startswith(self._texts.plain("intake.exercise.headline", headline="").rstrip()):
            return headline
        return self._texts.plain("incoming.test.headline", headline=headline)


def source_name(texts: Texts, source: str) -> str:
    """Give what people call a source: the name in the catalogue, for others its code."""
    key = f"feed.{source}"
    return texts.plain(key) if key in texts.keys else source


def unchecked(texts: Texts, source: str) -> Html:
    """Say that what follows came from a source and was not checked by anybody."""
    return texts("incoming.unchecked", source=source_name(texts, source))


def notice_of_incoming(texts: Texts, key: str, details: dict[str, Any]) -> Screen:
    """Tell that something has come in, and lead to it: to the item itself, or to the list of several."""
    number = details["number"]
    html = join(
        texts.count(key, number, source=source_name(texts, details["source"]), headline=details["headline"]),
        texts("incoming.test") if details["is_test"] else "",
        texts("incoming.edited") if details["is_edited"] else "",
        texts("incoming.not-sent"),
    )
    if number == 1:
        return Screen(html, ((Button(texts.plain("incoming.look"), button_data("dra", "item", details["item"])),),))
    return Screen(html, ((Button(texts.plain("incoming.list"), button_data("dra", "list", 0)),),))


def notice_of_feed(texts: Texts, key: str, details: dict[str, Any]) -> Screen:
    """Put a notice about a source into words, with its name in the place of its code."""
    values = details | {"source": source_name(texts, details["source"])}
    if "problem" in details:
        values["reason"] = texts(f"problem.{details['problem']}", **details["details"])
    return Screen(texts(key, **values))
