"""Documents that other systems send in, or offer in a feed: who may, what becomes of them, and the record of it."""
