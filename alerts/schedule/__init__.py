"""Schedules: alerts that go out by themselves, once or again and again, on the wall clock of a zone."""
