"""The domain's exceptions: one root, and each class says what the caller can do about it.

CascadeError
├── InvalidInput    what was given cannot be used: ask again, nothing changed
├── NotFound        there is no such thing: show what there is
├── NotAllowed      this person may not do this: say so, change nothing
├── Stale           the thing has changed since it was shown: show it again
│   └── Changed     it is another text now: say who changed which parts, and show it again
├── FetchFailed     a source on the network did not answer as it should: keep what is known, try later
├── BadDocument     a document that came in cannot be taken: tell its sender which element or field
└── StoreError      the database cannot be used as it is: tell the administrator
    └── WrongSecret the installation's secret belongs to another database: nothing can be noted, so nothing is done
"""


class CascadeError(Exception):
    """Root of every error that Cascade raises on purpose; its text is fit to be shown to a person."""


class InvalidInput(CascadeError):
    """What was given cannot be used.

    Attributes:
        problem: key of the reason, such as `headline-too-long`; the chat's catalogue has a sentence for each.
        details: values that the sentence names, such as `limit` and `length`.
    """

    def __init__(self, problem: str, text: str, **details: object) -> None:
        super().__init__(text)
        self.problem = problem
        self.details = details


class NotFound(CascadeError):
    """There is no such alert, scheme, person or sector."""


class NotAllowed(CascadeError):
    """The person lacks the right; the store is as it was."""


class Stale(CascadeError):
    """The thing was changed, sent or ended since the caller saw it; look again before acting."""


class Changed(Stale):
    """The text is not the one that the caller saw; nothing was overwritten.

    Attributes:
        parts: the names of the parts that differ, such as `headline`.
        who: Telegram user id of who changed it last, None where that is not known.
        name: what that person is called, "" where nobody knows.
    """

    def __init__(self, text: str, parts: tuple[str, ...], who: int | None = None, name: str = "") -> None:
        super().__init__(text)
        self.parts = parts
        self.who = who
        self.name = name


class FetchFailed(CascadeError):
    """An address gave nothing that can be used: what is known already stays as it is, and a later try may do better.

    Attributes:
        problem: key of the reason, such as `fetch-timeout`; the chat's catalogue has a sentence for each.
        details: values that the sentence names, such as `status`.
    """

    def __init__(self, problem: str, text: str, **details: object) -> None:
        super().__init__(text)
        self.problem = problem
        self.details = details


class BadDocument(CascadeError):
    """A document that another system sent cannot be taken; nothing of it was stored.

    Attributes:
        place: the element or field that is to blame, such as `info/severity`, "" for the document as a whole.
    """

    def __init__(self, place: str, text: str) -> None:
        super().__init__(text)
        self.place = place


class StoreError(CascadeError):
    """The database is locked, read-only, damaged, newer than the program, or not the one that is meant."""


class WrongSecret(StoreError):
    """The secret at hand does not seal this database's record; an act that cannot be noted is not done."""
