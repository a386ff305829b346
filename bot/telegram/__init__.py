"""The Telegram side: requests out, updates in, and what the library's errors mean."""
