"""What people read: the message catalogue, and how moments and numbers look on the screen."""

from datetime import date, datetime, timedelta
from gettext import GNUTranslations
from html import escape
from importlib.resources import files
from io import BytesIO
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal


class Html(str):
    """Text that is HTML already and is not escaped again."""

    __slots__ = ()


class Texts:
    """The catalogue of one language, for readers in one zone.

    Args:
        zone: the readers' time zone.
        locale: the language and country, such as `en_GB`; its file is `handlers/texts/<locale>.po`.
    """

    def __init__(self, zone: ZoneInfo, locale: str = "en_GB") -> None:
        self.zone = zone
        self._locale = Locale.parse(locale)
        with (files(__package__) / f"{locale}.po").open("rb") as file:
            catalogue = read_po(file, locale=locale)
        self.keys = frozenset(_key(message.id) for message in catalogue if message.id)
        compiled = BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        self._translations = GNUTranslations(compiled)

    @property
    def language(self) -> str:
        """The code of the language, such as `en-GB`."""
        return str(self._locale).replace("_", "-")

    def __call__(self, key: str, **values: object) -> Html:
        """Give a sentence as HTML; values are escaped unless they are `Html`.

        Raises:
            KeyError: the catalogue lacks the key, or the sentence needs a value that was not given.
        """
        return Html(self._sentence(key).format(**{name: self._html(value) for name, value in values.items()}))

    def plain(self, key: str, **values: object) -> str:
        """Give a sentence as plain text, for buttons and notices."""
        return self._sentence(key).format(**{name: self._shown(value) for name, value in values.items()})

    def count(self, key: str, number: int, **values: object) -> Html:
        """Give the sentence for this number: it stands in the catalogue as `key` with its plural."""
        if key not in self.keys:
            raise KeyError(key)
        shown = {name: self._html(value) for name, value in values.items()}
        return Html(self._translations.ngettext(key, key, number).format(number=self.number(number), **shown))

    def number(self, number: int) -> str:
        """Write a number with its groups of thousands."""
        return format_decimal(number, locale=self._locale)

    def when(self, moment: datetime) -> str:
        """Write a moment in the reader's zone, with the zone: `1 Aug 2016, 09:30 BST`."""
        local = moment.astimezone(self.zone)
        return format_datetime(local, "d MMM y, HH:mm z", tzinfo=self.zone, locale=self._locale)

    def second(self, moment: datetime) -> str:
        """Write a moment to the second, where seconds count: `1 Aug 2016, 09:30:05 BST`."""
        local = moment.astimezone(self.zone)
        return format_datetime(local, "d MMM y, HH:mm:ss z", tzinfo=self.zone, locale=self._locale)

    def day(self, day: date) -> str:
        """Write a day: `1 Aug 2016`."""
        return format_date(day, "d MMM y", locale=self._locale)

    def span(self, span: timedelta) -> str:
        """Write about how long: `3 hours`, `2 days`."""
        return format_timedelta(span, threshold=1, locale=self._locale)

    def listing(self, names: list[str], most: int = 4) -> str:
        """Write a list of names, cut short with the number of those left out."""
        if len(names) <= most:
            return "; ".join(names)
        return self.plain("list.more", names="; ".join(names[:most]), more=len(names) - most)

    def _sentence(self, key: str) -> str:
        if key not in self.keys:
            raise KeyError(key)
        return self._translations.gettext(key)

    def _html(self, value: object) -> str:
        return value if isinstance(value, Html) else escape(self._shown(value), quote=False)

    def _shown(self, value: object) -> str:
        match value:
            case datetime():
                return self.when(value)
            case date():
                return self.day(value)
            case timedelta():
                return self.span(value)
            case bool() | str():
                return str(value)
            case int():
                return self.number(value)
            case _:
                return str(value)


def join(*blocks: str) -> Html:
    """Put blocks of HTML under each other with an empty line between; empty ones are left out."""
    return Html("\n\n".join(block for block in blocks if block))


def lines(*rows: str) -> Html:
    """Put lines of HTML under each other; empty ones are left out."""
    return Html("\n".join(row for row in rows if row))


def _key(message_id: str | tuple[str, ...] | list[str]) -> str:
    return message_id if isinstance(message_id, str) else message_id[0]
