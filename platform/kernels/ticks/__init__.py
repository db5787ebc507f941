"""Own orders beside a tick history: latency, queues, fills, and the strategy that gives them."""
