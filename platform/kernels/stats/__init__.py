"""Streaming statistics: of returns, drawdown, exposure, trades, and beside a benchmark.

Each is a value made by ``..._init`` and moved by ``observe_...``; ``block`` runs them over arrays.
"""
