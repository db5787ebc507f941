"""The exchange: commands in, reports out, matched by price and then time on the order book's structures."""
