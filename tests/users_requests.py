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
CURL_ORDER = r"""curl -X POST http://localhost:3002/api/orders \
-H "Content-Type: application/json" \
-d '{
"symbol": "AAPL",
"side": "buy",
"quantity": 100,
"orderType": "limit",
"limitPrice": 150.00
}'"""
CURL_BACKTEST = rf"""curl -X POST http://localhost:3002/api/backtest/run \
-H "Content-Type: application/json" \
-d '{BACKTEST}'"""
LISTEN = """
const socket = io('ws://localhost:3002');
socket.emit('subscribe', {
symbols: ['AAPL', 'GOOGL'],
dataTypes: ['quote', 'trade']
});
socket.on('marketData', (data) => {
console.log('Market update:', data);
});
"""
