"""The chat conversations: an update comes in, one use case runs, one reply goes out."""
