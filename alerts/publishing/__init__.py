"""Alerts: their life, their text, whom they are for, and the desk through which every one of them goes out."""
