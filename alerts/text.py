"""How long a text is, as Telegram counts, the refusal of one that is too long, and the name of one."""

from hashlib import sha256

from alerts.errors import InvalidInput


def utf16_length(text: str) -> int:
    """Count the UTF-16 units of a text: two for a character beyond the basic plane, such as most emoji."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def check_length(text: str, limit: int, problem: str, what: str) -> None:
    """Refuse a text of more than so many UTF-16 units.

    Args:
        text: what was written.
        limit: how much it may be.
        problem: key of the refusal, such as `headline-too-long`.
        what: what the text is, for the sentence: "the headline".

    Raises:
        InvalidInput: it is longer.
    """
    if (length := utf16_length(text)) > limit:
        sentence = f"{what} has {length:,} characters; {limit:,} are the most"
        raise InvalidInput(problem, sentence, length=length, limit=limit)


def cut_to(text: str, limit: int) -> str:
    """Give what of a text fits into so many UTF-16 units, on one line; no character is cut in two."""
    line = " ".join(text.split())
    while utf16_length(line) > limit:
        line = line[: len(line) - max(1, (utf16_length(line) - limit) // 2)]
    return line


def digest_of_texts(*texts: str) -> str:
    """Name texts by their SHA-256: what the record keeps in their place."""
    return sha256(b"\0".join(text.encode("utf-8", "surrogatepass") for text in texts)).hexdigest()
