"""How a command shows what would go out now."""

from alerts.publishing.markup import visible
from alerts.schedule.contents import Draft
from bot.cli.console import err, moment, out
from bot.domain import Domain


def print_sketch(domain: Domain, draft: Draft) -> None:
    """Print the messages as subscribers would get them, without formatting; what is to be known of them goes aside."""
    texts = domain.texts
    out.print("\n\n".join(visible(screen.html) for screen in domain.message.sketch(draft.content)), markup=False)
    said = [texts("schedule.silent")] if draft.is_silent else []
    said += [texts.count("schedule.left-out", draft.left_out)] if draft.left_out else []
    for line in said:
        err.print(visible(line), markup=False)


def sketch_document(draft: Draft) -> dict[str, object]:
    """Give the same for a script; the body is HTML."""
    content = draft.content
    return {
        "headline": content.headline,
        "body": content.body,
        "severity": content.severity,
        "expires_at": moment(content.expires_at),
        "sectors": list(content.audience.sectors),
        "regions": list(content.audience.regions),
        "nothing_to_tell": draft.tells_nothing,
        "would_go_out": not draft.is_silent,
        "alerts_left_out": draft.left_out,
    }
