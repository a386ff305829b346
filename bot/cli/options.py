"""The options that several commands share."""

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Sectors = Annotated[list[str] | None, typer.Option(help="A sector's code; repeat for several, none means all.")]
Regions = Annotated[list[str] | None, typer.Option(help="A region's code; repeat for several, none means all.")]
