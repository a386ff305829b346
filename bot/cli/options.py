"""The options that several commands share, and how the audience that they make is told."""

from typing import Annotated

import typer

from alerts.publishing.alert import Audience

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Sectors = Annotated[list[str] | None, typer.Option(help="A sector's code; repeat for several, none means all.")]
Regions = Annotated[list[str] | None, typer.Option(help="A region's code; repeat for several, none means all.")]


def audience_words(audience: Audience) -> str:
    """Say for whom something is, in the codes that the options take."""
    sectors = ", ".join(audience.sectors) or "all sectors"
    return f"{sectors}; {', '.join(audience.regions) or 'all regions'}; {audience.marking.label}"
