"""`cascade alert report ID --pack`: everything about an alert in one ZIP, for who was not there."""

import zipfile
from io import BytesIO
from pathlib import Path

import orjson

from alerts.audit.entry import ADMINISTRATOR
from alerts.pictures.studio import NotDrawn, Studio
from alerts.pictures.theme import ThemeName
from alerts.publishing.pack import Pack
from bot.cli.console import err, json_value, new_file, out
from bot.domain import Domain
from bot.logs import set_up_logging
from handlers.pack_page import PackPage, document

PAGE, DOCUMENT, CHART = "after-action.html", "after-action.json", "delivery.png"


async def write_pack(
    domain: Domain, alert_id: int, file: Path | None, report: dict[str, object], operator: str
) -> None:
    """Write the pack of an alert, by default to a new file that bears its reference.

    Args:
        domain: the use cases.
        alert_id: the alert.
        file: where to; it must not be there yet.
        report: the delivery report as a document.
        operator: who runs this installation.
    """
    pack = await domain.packs.gather(alert_id, ADMINISTRATOR)
    page = PackPage(domain.texts, domain.directory, operator)
    chart = await _drawn(domain, page, pack)
    file = file or Path(f"{pack.alert.reference}-pack.zip")
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(PAGE, page.html(pack, chart))
        archive.writestr(DOCUMENT, orjson.dumps(document(pack, report), default=json_value, option=orjson.OPT_INDENT_2))
        if chart is not None:
            archive.writestr(CHART, chart)
    with new_file(file) as output:
        output.write(content.getvalue())
    out.print(str(file), markup=False)


async def _drawn(domain: Domain, page: PackPage, pack: Pack) -> bytes | None:
    """Draw the chart; without it the pack is made all the same."""
    curve = page.curve(pack)
    if curve is None:
        return None
    set_up_logging(is_quiet=True)
    studio = Studio(domain.clock)
    try:
        return await studio.curve(curve, ThemeName.LIGHT)
    except NotDrawn as error:
        err.print(f"the chart is left out: {error}", markup=False)
        return None
    finally:
        await studio.aclose()
