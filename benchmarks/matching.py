"""How many orders a second does the exchange take on one core, alone and with risk check and ledger for each?

    python -m benchmarks.matching [--commands 1000000] [--repeats 9] [--short]

Random new orders, cancels and replacements of 16 owners in four instruments (see matching_flow.py), state hash, reports
and positions included. Then the same with the full pre-trade check before each order, and risk records and ledgers of
both sides kept with each report. Last, one order at a time from Python. Processor time.
"""

import time
from collections.abc import Callable
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from benchmarks.harness import heading, in_fresh_process, options, spread

GOAL = 2e6
BLOCK = 4096


def exchange() -> Any:
    """Return an exchange whose instruments trade."""
    from benchmarks.matching_flow import INSTRUMENTS, MIDDLE, OWNERS

    from lockstep.kernels.book.events import Phase
    from lockstep.kernels.matching.codes import CommandKind
    from lockstep.kernels.matching.frame import Exchange

    made = Exchange(owners=OWNERS + 1, reports=1 << 15)
    for _ in range(INSTRUMENTS):
        number = made.list_instrument(MIDDLE - 512, window=1024, slots=1 << 12)
        made.submit(CommandKind.PHASE, instrument=number, lots=Phase.CONTINUOUS)
    return made


def records() -> list[Any]:
    """Return limits, risk accounts, risk symbols, accounts, holdings and room for a trade."""
    from benchmarks.matching_flow import INSTRUMENTS, MIDDLE, OWNERS, TICK
    from benchmarks.risk import LIMITS

    from lockstep.kernels.account import ACCOUNT, new_holdings
    from lockstep.kernels.records import TRADE
    from lockstep.kernels.risk.settings import RiskLimits
    from lockstep.kernels.risk.tables import new_risk_account, new_risk_symbols

    rows = (OWNERS + 1) * INSTRUMENTS
    risks = np.concatenate([new_risk_account(1e8, session=0) for _ in range(OWNERS + 1)])
    risks["buying_power"] = 1e9
    symbols = new_risk_symbols(rows)
    symbols["mark"], symbols["mark_time_ns"], symbols["tick"], symbols["lot"] = MIDDLE * TICK, 0, TICK, 1.0
    limits = RiskLimits.from_mapping(LIMITS | {
        "maxGrossExposure": 1e9, "maxSymbolExposure": 1e8, "maxLeverage": 50.0, "maxConcentration": 1.0,
        "maxOpenOrders": 5_000, "maxSymbolOpenOrders": 5_000,
        "preventSelfTrade": False,  # the exchange does
    }).record()  # fmt: skip
    return [limits, risks, symbols, np.zeros(OWNERS + 1, ACCOUNT), new_holdings(np.zeros(rows)), np.zeros(1, TRADE)]


def through(made: Any, commands: Any) -> int:
    """Carry all out, a block at a time; return the number of reports."""
    total = 0
    for start in range(0, len(commands), BLOCK):
        total += len(made.run(commands[start : start + BLOCK]))
    return total


def checked(made: Any, commands: Any, kept: list[Any]) -> int:
    """Carry all out with check and ledger; return how many were given to the exchange or refused."""
    from benchmarks.matching_flow import checked_run

    from lockstep.kernels.matching.codes import Shortage

    done, lacking = checked_run(made.venue, commands, 0, *kept)
    while lacking != Shortage.NONE:
        made._grow(Shortage(lacking))
        done, lacking = checked_run(made.venue, commands, done, *kept)
    return int(done)


def processor_time(call: Callable[[], Any]) -> float:
    """Return the processor seconds of a call."""
    start = time.process_time()
    call()
    return time.process_time() - start


def measure(count: int, repeats: int) -> dict[str, Any]:
    """Time all three; the first run of each, which compiles or loads it, is left out."""
    from benchmarks.matching_flow import flow

    from lockstep.kernels.matching.codes import ReportKind

    commands = flow(count)
    made, kept = exchange(), records()
    kinds = np.zeros(len(ReportKind), np.int64)
    for first in range(0, count, BLOCK):
        kinds += np.bincount(made.run(commands[first : first + BLOCK])["kind"], minlength=len(kinds))
    checked(exchange(), commands[:1], kept)
    alone, both, single = [], [], []
    for _ in range(repeats):
        made = exchange()
        alone.append(processor_time(lambda: through(made, commands)))  # noqa: B023  # called at once
        made, kept = exchange(), records()
        both.append(processor_time(lambda: checked(made, commands, kept)))  # noqa: B023
        fills = int(made.venue["sequence"][0])
        made = exchange()
        single.append(processor_time(lambda: [made.run(commands[k : k + 1]) for k in range(10_000)]) / 10_000)  # noqa: B023
    sent = kept[1]["sent"].sum()
    return {
        "kinds": kinds.tolist(), "orders": int(sum(b.row["orders"][0] for b in made.books)), "alone": alone,
        "both": both, "single": single, "sent": int(sent), "checked_reports": fills,
        "cash": float(kept[3]["cash"].sum() + kept[3]["fees"].sum()),
    }  # fmt: skip


def first_command() -> dict[str, Any]:
    """Return the processor time of a process's first command."""
    return {"seconds": processor_time(exchange)}


def main() -> None:
    """Measure in a fresh process and print."""
    from lockstep.kernels.matching.codes import ReportKind

    chosen = options(__doc__, repeats=9, commands=1_000_000)
    count, repeats = (200_000, 3) if chosen.short else (chosen.commands, chosen.repeats)
    heading(__doc__)
    values = in_fresh_process("benchmarks.matching:measure", count=count, repeats=repeats).values
    kinds = ", ".join(f"{n:,} {ReportKind(k).name.lower()}" for k, n in enumerate(values["kinds"]) if n)
    print(f"{count:,} commands; reports: {kinds}")
    for name, title in (("alone", "matching"), ("both", "risk check, matching, ledger (goal: 2)")):
        rates = [count / seconds for seconds in values[name]]
        print(f"{title:<40} {spread(rates, 'M commands/s', 1e-6, 2)}, {median(values[name]) / count * 1e9:.0f} ns each")
    print(f"{'one order at a time from Python':<40} {spread(values['single'], 'us', 1e6, 2)}")
    print(f"with the check, {values['sent']:,} orders and replacements passed, {values['checked_reports']:,} reports")
    print(f"cash and fees of all owners add up to {values['cash']:.6f}")
    with TemporaryDirectory() as empty:
        job, cache = "benchmarks.matching:first_command", {"LOCKSTEP_CACHE_DIR": empty}
        cold, warm = (in_fresh_process(job, env=cache).values["seconds"] for _ in range(2))
    print(f"a process's first command: {cold:.1f} s with an empty cache of kernels, {warm:.2f} s in the next process")


if __name__ == "__main__":
    main()
