"""Threat levels: the schemes, and what was read of them."""
