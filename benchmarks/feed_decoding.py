"""How many messages a second become events of tick histories, and how many do libraries of the same formats read?

    python -m benchmarks.feed_decoding [--repeats 10] [--short]

A generated day of NASDAQ ITCH 5.0, and Databento MBO records, from memory-mapped files: as events (each order followed,
so that executions have side and price), and in named fields, a column each. Beside them itchfeed and meatpy, which make
an object of each message, and databento, which makes an array (to_ndarray) or objects (DBNDecoder). Processor time, one
core.
"""

from statistics import median

from benchmarks.harness import heading, in_fresh_process, options, spread

ITCH = {
    "events": "ITCH as events, all symbols",
    "one": "ITCH as events, one symbol of three",
    "fields": "ITCH in named fields",
    "itchfeed": "  itchfeed: objects (once)",
    "meatpy": "  meatpy: objects (once)",
}
DBN = {
    "events": "DBN MBO as events",
    "packed": "DBN MBO as events, zstd",
    "fields": "DBN MBO in named fields, zstd",
    "databento": "  databento: to_ndarray, zstd",
    "decoder": "  databento: DBNDecoder, objects (once)",
}


def main() -> None:
    """Measure each format in a fresh process and print."""
    chosen = options(__doc__, repeats=10)
    heading(__doc__)
    orders, repeats = (50_000, 3) if chosen.short else (500_000, chosen.repeats)
    for job, ways in (("itch", ITCH), ("dbn", DBN)):
        values = in_fresh_process(f"benchmarks.feed_jobs:{job}", orders=orders, repeats=repeats).values
        print(f"{values['messages']:,} messages" + (f", {values['live']:,} orders left" if "live" in values else ""))
        for way, words in ways.items():
            rates = [values["messages"] / seconds for seconds in values[way]]
            each = median(values[way]) / values["messages"] * 1e9
            print(f"{words:<44} {spread(rates, 'M messages/s', 1e-6, 2)}, {each:,.0f} ns each")


if __name__ == "__main__":
    main()
