"""Requests as users type them: each must work word for word, wherever it is sent."""

BACKTEST = """{
"mode": "backtest",
"startDate": "2023-01-01T00:00:00Z",
"endDate": "2023-12-31T23:59:59Z",
"symbols": ["AAPL", "GOOGL", "MSFT"],
"initialCapital": 100000,
"strategies": [{
"id": "mean_reversion_1",
"name": "Mean Reversion Strategy",
"enabled": true,
"allocation": 1.0,
"symbols": ["AAPL", "GOOGL", "MSFT"],
"parameters": {
"lookback": 20,
"entryZScore": 2.0,
"exitZScore": 0.5
}
}]
}"""
