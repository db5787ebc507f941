"""A session: strategies beside a live feed, what they may do, and what is kept of it."""
