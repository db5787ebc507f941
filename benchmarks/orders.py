"""What does a bar cost in the full order model?

    python -m benchmarks.orders [--rows 1000000] [--repeats 9] [--short]

One symbol through the compiled engine alone, block by block: nothing to do, a position held on margin, an entry every
25 bars that comes with a stop, a target and a trailing stop, and up to ten limits that rest and share a tenth of each
bar's volume. Processor time of one core is counted: what else runs on the machine is not the question.
"""

import time
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt
from benchmarks.harness import heading, in_fresh_process, options

GOAL_NS = 200.0
BLOCK = 8192
ROOM = 1 << 16
MINUTE_NS = 60_000_000_000
Arrays = dict[str, npt.NDArray[Any]]


def market(rows: int) -> Arrays:
    """Return the block arrays of minute bars whose price wanders by five basis points a bar."""
    from lockstep.kernels.orders.world import DTYPES

    rng = np.random.default_rng(3)
    close = np.round(100.0 * np.exp(np.cumsum(rng.normal(0.0, 5e-4, rows))), 2)
    opened = np.append(100.0, close[:-1])
    high = np.maximum(opened, close) + np.round(rng.exponential(0.03, rows), 2)
    low = np.minimum(opened, close) - np.round(rng.exponential(0.03, rows), 2)
    volume = rng.integers(100, 2_000, rows).astype(np.float64)
    times = np.arange(rows) * MINUTE_NS
    last = np.zeros((1, rows), DTYPES["last_of_session"])
    last[0, 389::390] = True
    return {
        "time_ns": times + MINUTE_NS - 1, "session": np.arange(rows) // 390, "present": np.ones((1, rows), np.bool_),
        "ohlcv": np.stack([opened, high, low, close, volume])[None].copy(), "opening_ns": times[None].copy(),
        "opening": opened[None].copy(), "last_of_session": last,
    }  # fmt: skip


def entries(bars: Arrays) -> Arrays:
    """Return an order for ten units every 25 bars, to either side."""
    rows = len(bars["time_ns"])
    amounts = np.full((1, rows), np.nan)
    amounts[0, ::25] = np.where(np.arange(len(amounts[0, ::25])) % 2, 10.0, -10.0)
    return {"instructions": amounts}


def once(bars: Arrays) -> Arrays:
    """Return one order at the start."""
    amounts = np.full((1, len(bars["time_ns"])), np.nan)
    amounts[0, 0] = 10.0
    return {"instructions": amounts}


def resting(bars: Arrays) -> Arrays:
    """Return a limit on either side of the market every 20 bars, each for 100 bars."""
    from lockstep.kernels.orders.tables import INTENT
    from lockstep.kernels.orders.terms import OrderType, TimeInForce
    from lockstep.kernels.sizing import Instruction

    rows = np.repeat(np.arange(0, len(bars["time_ns"]), 20), 2)
    made = np.zeros(len(rows), INTENT)
    for name in ("stop", "trail", "stop_loss", "take_profit"):
        made[name] = np.nan
    made["parent"] = made["group"] = made["tag"] = -1
    made["row"], made["kind"], made["type"], made["tif"] = rows, Instruction.AMOUNT, OrderType.LIMIT, TimeInForce.GTD
    side = np.tile([1.0, -1.0], len(rows) // 2)
    made["value"] = 100.0 * side
    made["limit"] = np.round(bars["ohlcv"][0, 3, rows] * (1.0 - 0.003 * side), 2)
    made["expire_ns"] = bars["time_ns"][rows] + 100 * MINUTE_NS
    return {"intents": made}


CASES: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "idle": ("nothing to do", None, {"plain": 1}),
    "held": ("a position held on margin", once, {"margin": 1}),
    "bracket": ("entry each 25 bars with three exits", entries,
                {"stop_loss": 0.003, "take_profit": 0.004, "trail": 0.003, "trail_kind": 2}),
    "resting": ("up to ten limits, a tenth of the volume", resting, {"participation": 0.1}),
}  # fmt: skip


class Run:
    """One account on the whole history; records are dropped block by block."""

    def __init__(self, bars: Arrays, decided: Arrays, **settings: Any) -> None:
        """Lay everything out as the engine reads it."""
        from lockstep.kernels.orders.activity import new_activity
        from lockstep.kernels.orders.guard import new_exposures, new_guard
        from lockstep.kernels.orders.tables import CONTRACT, new_broker, new_stands, new_working
        from lockstep.kernels.orders.turnover import new_turnover
        from lockstep.kernels.orders.world import DTYPES, POLICY, WORLD
        from lockstep.kernels.risk.tables import no_limits
        from lockstep.kernels.sizing import Instruction

        rows = len(bars["time_ns"])
        policy, contract = np.zeros(1, POLICY), np.zeros(1, CONTRACT)
        rules = {
            "kind": Instruction.AMOUNT, "long": 1, "short": 1, "close_at_ns": -1, "participation": np.inf,
            "bars_per_session": 390.0, "leverage": 2.0, "maintenance": 0.5, "stop_loss": np.nan,
            "take_profit": np.nan, "trail": np.nan, "per_order": 0.1, **settings,
        }  # fmt: skip
        for name, value in rules.items():
            policy[name] = value
        contract["multiplier"], contract["shortable"], contract["tick"] = 1.0, np.inf, 0.01
        stands = new_stands(1)
        stands["activity"] = new_activity(1)
        self.arrays: Arrays = {
            **bars, **decided, "broker": new_broker(1e6), "stands": stands, "working": new_working(1024),
            "contracts": contract, "policy": policy, "turnover": new_turnover(), "limits": no_limits(),
            "guard": new_guard(1e6), "exposures": new_exposures(contract), "turn": np.zeros(1, np.int64),
            "trading": np.zeros(1, np.bool_), **dict(zip(("equity", "gross", "net"), np.zeros((3, rows)), strict=True)),
        }  # fmt: skip
        for name in ("tiers", "intents", "actions"):
            self.arrays.setdefault(name, np.zeros(0, DTYPES[name]))
        for name in ("orders", "fills", "trades", "flows"):
            self.arrays[name] = np.zeros(ROOM, DTYPES[name])
        self.world = np.zeros(1, WORLD)
        self._point(rows)

    def _point(self, rows: int) -> None:
        from lockstep.kernels.orders.world import point

        point(self.world, **self.arrays)
        sizes = {
            "symbols": 1, "rows": rows, "slots": len(self.arrays["working"]),
            "instructed": "instructions" in self.arrays,
            "intent_count": len(self.arrays["intents"]), "order_room": ROOM, "fill_room": ROOM, "trade_room": ROOM,
            "flow_room": ROOM,
        }  # fmt: skip
        for name, size in sizes.items():
            self.world[name] = size

    def advance(self) -> int:
        """Run all rows; return how many fills there were."""
        from lockstep.kernels.orders.block import run_orders

        rows, row, fills = int(self.world["rows"][0]), 0, 0
        while row < rows:
            row = run_orders(self.world, row, min(row + BLOCK, rows))
            fills += int(self.world["fill_count"][0])
            for name in ("order", "fill", "trade", "flow"):
                self.world[f"{name}_count"] = 0
        if self.arrays["broker"]["end"][0]:
            raise RuntimeError("the account was ruined: the benchmark measures nothing")
        return fills


def measure(case: str, rows: int, repeats: int) -> dict[str, Any]:
    """Time one case; the first run, which compiles or loads the engine, is left out."""
    _, decide, settings = CASES[case]
    bars = market(rows)
    decided = decide(bars) if decide else {}
    fills = Run(bars, decided, **settings).advance()
    times = []
    for _ in range(repeats):
        run = Run(bars, decided, **settings)
        start = time.process_time()
        run.advance()
        times.append(time.process_time() - start)
    return {"times": times, "fills": fills}


def main() -> None:
    """Measure each case in a fresh process and print nanoseconds a bar."""
    chosen = options(__doc__, repeats=9, rows=1_000_000)
    rows, repeats = (200_000, 3) if chosen.short else (chosen.rows, chosen.repeats)
    heading(__doc__)
    for case, (title, _, _) in CASES.items():
        values = in_fresh_process("benchmarks.orders:measure", case=case, rows=rows, repeats=repeats).values
        each = [seconds / rows * 1e9 for seconds in values["times"]]
        print(
            f"{title:<40} {median(each):6.1f} ns a bar ({min(each):.1f} .. {max(each):.1f}) (goal: {GOAL_NS:.0f}); "
            f"{values['fills']:,} fills"
        )


if __name__ == "__main__":
    main()
