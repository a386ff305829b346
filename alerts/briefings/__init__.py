"""Briefings with fields: what may stand in their text, what it gives, and how the text is filled."""
