"""The record: who did what, when and from where, in a chain that cannot be changed unnoticed."""
