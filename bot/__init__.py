"""Cascade: builds it, runs it, talks to the outside."""
