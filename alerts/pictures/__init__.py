"""Pictures of the threat level: what stands in them, how they are drawn, and what Telegram calls those it has."""
