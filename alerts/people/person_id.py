"""What a user id can be besides Telegram's."""

ERASED = 0
"""Stands where the id of a person was who was erased: somebody did it, and nobody can say who any more.

Telegram gives nobody this id. None in the same place means the command line, or the bot itself.
"""
