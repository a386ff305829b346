"""The words beside what came from outside: whose it is, that nobody has checked it, that it was cut or is a test."""

from handlers.texts import Html, Texts


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
