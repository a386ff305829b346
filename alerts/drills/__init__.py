"""Exercises and self-tests: what is sent to practise or to try the bot, on ways of its own, to people of its own."""
