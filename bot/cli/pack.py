"""`cascade alert report ID --pack`: everything about an alert in one ZIP, for who was not there."""

import zipfile
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import orjson

from alerts.audit.entry import ADMINISTRATOR
from alerts.pictures.curve import Curve
from alerts.pictures.studio import NotDrawn, Studio
from alerts.pictures.theme import ThemeName
from alerts.publishing.reports import FullReport
from bot.cli.console import err, json_value, new_file, out
from bot.domain import Domain
from bot.logs import set_up_logging
from handlers.pack_document import document
from handlers.pack_page import PackPage

PAGE, DOCUMENT, CHART = "after-action.html", "after-action.json", "delivery{}.png"


async def write_pack(
    domain: Domain,
    alert_id: int,
    file: Path | None,
    describe: Callable[[FullReport], dict[str, object]],
    operator: str,
) -> None:
    """Write the pack of an alert and its chain, by default to a new file that bears the reference of its beginning.

    Args:
        domain: the use cases.
        alert_id: the alert.
        file: where to; it must not be there yet.
        describe: makes a delivery report a document.
        operator: who runs this installation.
    """
    pack = await domain.packs.gather(alert_id, ADMINISTRATOR)
    page = PackPage(domain.texts, domain.directory, operator)
    charts = await _drawn(domain, [page.curve(step) for step in pack.steps])
    file = file or Path(f"{pack.reference}-pack.zip")
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(PAGE, page.html(pack, charts))
        told = document(pack, describe)
        archive.writestr(DOCUMENT, orjson.dumps(told, default=json_value, option=orjson.OPT_INDENT_2))
        for number, chart in enumerate(charts, start=1):
            if chart is not None:
                archive.writestr(CHART.format(f"-{number}" if len(charts) > 1 else ""), chart)
    with new_file(file) as output:
        output.write(content.getvalue())
    out.print(str(file), markup=False)


async def _drawn(domain: Domain, curves: Sequence[Curve | None]) -> list[bytes | None]:
    """Draw the charts; without them the pack is made all the same."""
    if not any(curves):
        return [None for _ in curves]
    set_up_logging(is_quiet=True)
    studio = Studio(domain.clock)
    try:
        return [await studio.curve(curve, ThemeName.LIGHT) if curve else None for curve in curves]
    except NotDrawn as error:
        err.print(f"the charts are left out: {error}", markup=False)
        return [None for _ in curves]
    finally:
        await studio.aclose()
