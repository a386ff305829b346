"""The outbox: rows to send, the loop that sends them, and what became of each."""
