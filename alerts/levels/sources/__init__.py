"""Official sources of a level: small classes that keep the contract in `source.py`, held by one suite of tests."""
