"""Where market data comes from: a stored history played again, a generator, another gateway."""
