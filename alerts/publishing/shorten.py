"""Cuts a text from outside to what an alert can hold, between two paragraphs where that is possible."""

from alerts.publishing.markup import visible
from alerts.publishing.split import split_html
from alerts.text import utf16_length


def shorten_html(html: str, limit: int, places: int) -> tuple[str, bool]:
    """Give the beginning of canonical HTML, with its tags whole, and tell whether anything was left out.

    Args:
        html: canonical HTML (alerts/publishing/markup.py).
        limit: UTF-16 units of visible text that it may have.
        places: how many formatted places it may have.
    """
    html = html.strip()
    length = utf16_length(visible(html))
    if length <= limit and _places(html) <= places:
        return html, False
    reach = min(limit, length)
    first = split_html(html, reach)[0]
    while _places(first) > places and reach > 1:
        reach = reach * 3 // 4
        first = split_html(html, reach)[0]
    return first.strip(), True


def _places(html: str) -> int:
    """Count the formatted places: text has its own `<` escaped, so that each closing tag is one."""
    return html.count("</")
