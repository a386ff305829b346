"""`cascade`, and `python -m bot`."""

import os
import sys

from typer import Abort
from typer.exceptions import TyperException

from bot.cli import app
from bot.cli.console import FAILED, WRONG_USE, complain
from bot.cli.usage import usage_line


def main() -> None:
    """Run the command line; what it writes, the database above all, is for its own user alone."""
    os.umask(0o077)
    try:
        code = app(prog_name="cascade", standalone_mode=False)
    except TyperException as error:
        if line := usage_line(error):
            complain(line)
        sys.exit(WRONG_USE)
    except Abort:
        complain("nothing was changed")
        sys.exit(FAILED)
    sys.exit(code)


if __name__ == "__main__":
    main()
