"""Do the fast book and a naive one hold the same state after every one of a million commands?

    python -m benchmarks.book_agreement [--commands 1000000] [--seed 1] [--short]

Seeded adds, reductions, deletions, executions, changes, clearings and bad events go into both books; code and state
hash are compared after each, memory, queues and levels every 10,000, when the fast book also moves its window or is
replaced by its copy. A quarter of the commands goes to each of four books: tiny and growing or wide from the start, by
slots or by the table of ids. A tenth as many go through an L2 and an L1 book each, all levels compared after each.
"""

import argparse
import sys
import time
from collections import Counter

from benchmarks.harness import heading
from tests.kernels.book.agreement import SETTINGS, levels_agree, orders_agree

from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventKind


def main() -> int:
    """Run all; return 1 at the first disagreement, whose words name seed and command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--commands", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="20,000 commands")
    asked = parser.parse_args()
    commands = 20_000 if asked.short else asked.commands
    heading(__doc__)
    start = time.perf_counter()
    try:
        orders(asked.seed, commands)
        levels(asked.seed, commands // 10)
    except AssertionError as difference:
        print(f"DISAGREEMENT: {difference}")
        return 1
    print(f"no disagreement; {time.perf_counter() - start:.0f} s")
    return 0


def orders(seed: int, commands: int) -> None:
    """Run the L3 books."""
    codes, kinds, growths = Counter[Code](), Counter[int](), 0
    for number, setting in enumerate(SETTINGS):
        went = orders_agree(seed + number, commands // len(SETTINGS), setting)
        codes, kinds, growths = codes + went.codes, kinds + went.kinds, growths + went.growths
        words = f"{'slots' if setting.by_slot else 'ids'}, window {setting.window:,}"
        print(f"L3, {words:<22} {went.commands:>9,} commands, {went.orders} orders at the end, hash {went.hash:#018x}")
    known = {kind.name.lower(): kinds[kind] for kind in EventKind if kinds[kind]}
    print("kinds: " + ", ".join(f"{name} {count:,}" for name, count in known.items()))
    print("refused: " + ", ".join(f"{code.name.lower()} {count:,}" for code, count in sorted(codes.items()) if code))
    print(f"{codes.total():,} times the same code and hash; grown {growths} times on the way")


def levels(seed: int, commands: int) -> None:
    """Run the L2 and L1 books."""
    for quotes in (False, True):
        codes = levels_agree(seed, commands, quotes=quotes, window=64, far_room=0)
        print(f"{'L1' if quotes else 'L2'}: {codes.total():,} times the same code and levels")


if __name__ == "__main__":
    sys.exit(main())
