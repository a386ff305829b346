"""The Telegram side: requests out, updates in, and what the library's errors mean."""

import os

os.environ.setdefault("PTB_TIMEDELTA", "1")  # the library's coming type for waits; the old one warns at every 429
