"""The record as tests write it: with a key that they know."""

from alerts.audit.trail import Trail

KEY = b"a key that only tests use, and no installation"

TRAIL = Trail(lambda: KEY)
