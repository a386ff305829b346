"""Hides from the bot what only the test extras bring; import it before the bot.

python-telegram-bot loads `cryptography` (7 MB) where it finds it. `requirements/run.txt` does not hold it, so an
installation has none; here it is there because of the tests.
"""

import sys

for name in ("cryptography",):
    sys.modules[name] = None  # type: ignore[assignment]  # how Python is told that a module is not there
