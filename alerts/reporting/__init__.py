"""How to report, and to whom: the bot itself takes no reports."""
