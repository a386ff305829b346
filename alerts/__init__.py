"""The domain: no Telegram and no web framework in here."""
