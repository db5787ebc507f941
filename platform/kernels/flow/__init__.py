"""Generated order flow: arrivals that excite one another, and the book that they build."""
