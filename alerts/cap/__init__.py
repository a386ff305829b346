"""The Common Alerting Protocol 1.2 (OASIS, 1 July 2010): the message as a value, read from and written to XML."""
