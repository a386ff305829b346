"""Who is on the list: sectors, regions, subscriptions."""
