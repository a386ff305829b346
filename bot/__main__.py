"""`cascade`, and `python -m bot`."""

import os

from bot.cli import app


def main() -> None:
    """Run the command line; what it writes, the database above all, is for its own user alone."""
    os.umask(0o077)
    app(prog_name="cascade")


if __name__ == "__main__":
    main()
