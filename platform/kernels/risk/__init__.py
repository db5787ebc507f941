"""The pre-trade risk check: one compiled kernel, the same in backtest, paper and live.

``check`` reads records and writes nothing; the kernels of ``book`` keep the records true. docs/risk.md has the formulas
and codes.
"""
