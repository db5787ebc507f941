"""What does a single event from Python take, and how long until an order kernel nobody has compiled yet runs?

    python -m benchmarks.tick_calls [--repeats 5] [--short]

A live feed gives events one by one: to a book, and to a run with own orders and a strategy. A new order kernel is
compiled alone, in a process that has the engine from the cache; the next process finds it there.
"""

import secrets
import tempfile

from benchmarks.harness import heading, in_fresh_process, options, spread
from benchmarks.tick_jobs import write_kernel

CALL_GOAL_US, COMPILE_GOAL_S = 2.0, 5.0


def main() -> None:
    """Measure both and print them."""
    chosen = options(__doc__, events=200_000)
    heading(__doc__)
    events, repeats = (50_000, 2) if chosen.short else (chosen.events, chosen.repeats)
    job = "benchmarks.tick_jobs:one_by_one"
    in_fresh_process(job, events=1000, repeats=0)  # fills the cache
    found = in_fresh_process(job, events=events, repeats=repeats).values
    for name, what in (("book", "an event to a book"), ("run", "a step of a run with a quoting strategy")):
        print(f"{what}: {spread(found[name], 'us', 1e6, 2)} (goal: {CALL_GOAL_US:.0f})")
    first: list[float] = []
    second: list[float] = []
    job = "benchmarks.tick_jobs:new_kernel"
    with tempfile.TemporaryDirectory() as folder:
        for number in range(1 if chosen.short else 3):
            module = f"fresh_{number}"
            write_kernel(folder, module, 1 + secrets.randbelow(900_000))
            for times in (first, second):
                times.append(
                    in_fresh_process("benchmarks.tick_jobs:new_kernel", folder=folder, module=module).values["bind"]
                )
    print(f"a new order kernel: {spread(first, 's', 1.0, 2)} (goal: {COMPILE_GOAL_S:.0f})")
    print(f"  in the next process: {spread(second, 'ms', 1e3, 1)}")


if __name__ == "__main__":
    main()
