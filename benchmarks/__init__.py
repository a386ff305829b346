"""How delivery does against Telegram's limits, a bare sender and other libraries (docs/benchmarks.md)."""
