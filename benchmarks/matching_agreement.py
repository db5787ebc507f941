"""Does the exchange do after each of a million commands what a naive one does?

    python -m benchmarks.matching_agreement [--commands 1000000] [--seed 1] [--short]

Seeded random commands of every kind, bad ones among them, go through the exchange and through one of plain lists. After
each, reports and state hashes are the same and no book is crossed in continuous trading; after every ten thousand, all
queues, positions, and an account of lots kept from the reports alone. Stops at the first difference.
"""

import time

from benchmarks.harness import heading, options
from tests.kernels.matching.agreement import agree

from lockstep.kernels.order_terms import Reason


def main() -> None:
    """Compare, and print what both went through."""
    chosen = options(__doc__, commands=1_000_000, seed=1)
    count = 20_000 if chosen.short else chosen.commands
    heading(__doc__)
    start = time.perf_counter()
    both = agree(chosen.seed, count)
    kinds = ", ".join(f"{n:,} {kind.name.lower()}" for kind, n in sorted(both.audit.kinds.items()))
    reasons = ", ".join(f"{n:,} {Reason(r).name.lower()}" for r, n in sorted(both.audit.reasons.items()) if r)
    print(f"{count:,} commands of seed {chosen.seed}: the same reports and state hashes after each")
    print(f"reports: {kinds}\nreasons: {reasons}")
    print(f"at most {both.largest} orders in a book; {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
