"""Which database a test runs on: the fixture `store` takes each test to both, these marks to one."""

import pytest

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""For what is true of SQLite alone: its file, its lock, its words."""

on_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
"""For what is true of PostgreSQL alone: its server, its sessions, its rights."""
