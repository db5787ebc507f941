"""What people see in the terminal: progress bars on stderr, tables on stdout."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lockstep._tables import glance

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lockstep.data import Action, Dataset, Instrument
    from lockstep.strategies.registry import Listed
    from lockstep.vector.bands import Bands
    from lockstep.vector.causality import Certificate, Finding
    from lockstep.vector.counterfactual import Counterfactual
    from lockstep.vector.result import Result

Progress = Callable[[str, float], None]
"""Takes what is being done and the share of it that is done."""

AT_A_GLANCE = ("Run", "Return and risk", "Drawdown", "Exposure", "Trades")
"""Groups of metrics that the terminal shows."""


WIDE = 100
"""Columns of a terminal in which every column of a table finds its place."""


@contextmanager
def progress(quiet: bool) -> Iterator[Progress]:
    """A bar on stderr for people; `yield`s the function to report (what, share done) to."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    parts = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*parts, console=console, transient=True, disable=quiet or not console.is_terminal) as shown:
        task = shown.add_task("", total=1.0)
        yield lambda what, share: shown.update(task, description=what, completed=share)


def show_datasets(found: "list[Dataset]") -> None:
    """Print what a store holds; where the terminal is narrow, each source in a line of its own."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from lockstep.data.select import show_day

    console = Console(markup=False)
    wide = console.width >= WIDE
    table = Table(box=None, pad_edge=False)
    for heading in ("dataset", "interval", "from", "to", "rows", "symbols", "source")[: 7 if wide else 6]:
        table.add_column(heading, no_wrap=heading in ("interval", "from", "to", "rows"), overflow="fold")
    for dataset in found:
        first, last = (edge(span[at] for span in dataset.spans.values()) for at, edge in ((0, min), (1, max)))
        rows, source = f"{sum(dataset.rows.values()):,}", [_source(dataset)] if wide else []
        symbols = ", ".join(dataset.symbols)
        length = f"{dataset.interval} ticks" if dataset.kind == "ticks" else dataset.interval
        table.add_row(dataset.name, length, show_day(first), show_day(last - 1), rows, symbols, *source)
    console.print(table)
    if not wide:
        for dataset in found:
            console.print(Text(f"source of {dataset.name}: {_source(dataset)}"))


def _source(dataset: "Dataset") -> str:
    return "synthetic" if dataset.synthetic else dataset.source


def show_instruments(found: "list[Dataset]") -> None:
    """Print what the symbols trade on, those of the same terms in one line."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("dataset", "instruments", "terms"):
        table.add_column(heading, overflow="fold")
    for dataset in found:
        groups: dict[str, list[str]] = {}
        for name, facts in dataset.instruments.items():
            groups.setdefault(_terms(facts), []).append(name)
        for terms, names in groups.items():
            table.add_row(dataset.name, ", ".join(names), terms)
    Console(markup=False).print(table)


def _terms(facts: "Instrument") -> str:
    """What is always there, and what was set of the rest."""
    said = [f"{facts.kind} in {facts.currency}", f"tick {facts.tick:.10g}", f"lot {facts.lot:.10g}"]
    said.append(f"multiplier {facts.multiplier:.10g}")
    optional = {
        "initial margin": facts.initial_margin,
        "maintenance margin": facts.maintenance_margin,
        "short available": facts.short_available,
        "borrow rate": facts.borrow_rate or None,
    }
    return ", ".join(said + [f"{name} {value:.10g}" for name, value in optional.items() if value is not None])


def show_actions(found: "Sequence[tuple[str, str, Action]]") -> None:
    """Print corporate actions as (dataset, symbol, action)."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("dataset", "symbol", "ex date", "kind", "value", "pay date", "new symbol"):
        table.add_column(heading, overflow="fold")
    for dataset, symbol, action in found:
        value = "" if action.value is None else f"{action.value:.10g}"
        paid = "" if action.pay_date is None else str(action.pay_date)
        table.add_row(dataset, symbol, str(action.ex_date), action.kind, value, paid, action.new_symbol or "")
    Console().print(table)


def show_strategies(found: "Sequence[Listed]") -> None:
    """Print strategies, each with its parameters, their defaults and bounds."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True, overflow="fold", style="bold")
    table.add_column(overflow="fold")
    for entry in found:
        table.add_row(entry.name, Text(entry.summary))
        for name, parameter in entry.strategy.parameters.items():
            doc = f": {parameter.doc}" if parameter.doc else ""
            said = f"{name} = {parameter.default_text()}, {parameter.bounds()}{doc}"
            table.add_row("", Text(said, style="dim"))
    Console().print(table)


def show_result(result: "Result") -> None:
    """Print what ran on what, and every metric."""
    from rich.columns import Columns
    from rich.console import Console

    console = Console()
    made_from, facts = result.provenance, result.total.facts
    if result.synthetic:
        console.print("source: synthetic (generated prices, no market ever traded them)", style="bold yellow")
    console.print(f"{result.total.title} on {', '.join(result.total.symbols)}", style="bold", highlight=False)
    console.print(
        f"{made_from.dataset}, {made_from.interval} bars, source {made_from.source}, "
        f"convention {result.settings.convention.name}, warm-up {facts.warm_up} bars, {result.end_reason}",
        highlight=False,
    )
    for id_, reason in result.settings.backends.items():
        if reason.startswith("can't"):
            console.print(f"{id_} ran on numba: its step {reason}", highlight=False)
    tables, rest = glance(result.summary(), AT_A_GLANCE)
    console.print(Columns(tables, padding=(1, 4)))
    console.print(f"{rest} more metrics with --json, or in the report", style="dim", highlight=False)


def show_bands(found: "Bands") -> None:
    """Print the interval of each headline metric, and what holds on every rung."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from lockstep.vector.bands.shown import headline, sentence

    console = Console()
    title = f"Under {len(found.results)} fill policies"
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for heading in ("", "low", "as given", "high"):
        table.add_column(heading, justify="right" if heading else "left", style="" if heading else "dim")
    for heading in ("lowest on", "highest on"):
        table.add_column(heading, style="dim")
    for one in headline(found):
        table.add_row(one.title, one.low, one.reference, one.high, one.low_rung, one.high_rung)
    console.print()
    console.print(table)
    for said in found.conclusions():
        mark = ("holds ", "bold green") if said.holds else ("breaks", "bold red")
        console.print(Text.assemble(mark, f"  {sentence(said)}"))
    for name, why in found.skipped.items():
        console.print(Text(f"left out: {name}: {why}", style="dim"))
    console.print(
        "all metrics and rungs with --json, in the report, and in docs/bands.md", style="dim", highlight=False
    )


def show_counterfactual(found: "Counterfactual") -> None:
    """Print what each limit cost or saved."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(title="What limits cost or saved", title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column("run")
    for heading in ("limit", "refused", "final equity", "return", "max drawdown", "saved"):
        table.add_column(heading, justify="right")
    for row in found.rows:
        value = "" if row.value is None else f"{row.value:,.10g}"
        saved = "" if row is found.rows[0] else f"{row.saved:+,.2f}"
        style = "green" if row.saved > 0 else "red" if row.saved < 0 else "dim"
        table.add_row(
            row.run, value, f"{row.refused:,}", f"{row.end_value:,.2f}", f"{row.total_return:.2%}",
            f"{row.max_drawdown:.2%}", f"[{style}]{saved}[/]" if saved else "",
        )  # fmt: skip
    console.print()
    console.print(table)
    console.print("saved: final equity with all limits less that of the run; below zero it was a cost", style="dim")


VERDICTS = {
    "pass": ("PASS", "bold green", "no look-ahead was found"),
    "leak": ("LOOK-AHEAD", "bold red", "what was known before a cut changed with what came after it"),
    "unstable": ("NOT REPRODUCIBLE", "bold yellow", "the same history gives other results each time"),
}
"""Verdict of a certificate -> what people see, how, and what it says."""


def show_certificate(found: "Certificate") -> None:
    """Print a verdict, what was tested, and each finding with its bar, input and line."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    word, style, meaning = VERDICTS[found.verdict]
    console.print(Text.assemble((word, style), f"  {found.subject}: {meaning}"))
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    synthetic = " (synthetic)" if found.source == "synthetic" else ""
    symbols = ", ".join(found.symbols)
    table.add_row("bars", Text(f"{found.dataset}{synthetic}, {found.interval}, {found.rows:,} rows of {symbols}"))
    table.add_row(
        "tested", Text(f"{len(found.cuts)} cut points, {found.runs:,} runs; futures {', '.join(found.poisons)}")
    )
    table.add_row("cut at", Text(_reasons(found)))
    if found.warm_up:
        table.add_row("warm-up", Text(found.warm_up.sentence(), style="yellow" if found.warm_up.short else ""))
    for note in found.notes:
        table.add_row("note", Text(note, style="yellow"))
    console.print(table)
    for finding in found.findings:
        console.print()
        console.print(_finding(finding))


def _reasons(found: "Certificate") -> str:
    counts: dict[str, int] = {}
    for *_, why in found.cuts:
        counts[why] = counts.get(why, 0) + 1
    return ", ".join(f"{why} {count}" for why, count in sorted(counts.items()))


def _finding(finding: "Finding") -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    from lockstep.data.rules import show_time

    table = Table(title=f"output {finding.output}", title_justify="left", title_style="bold red", box=None,
                  show_header=False, pad_edge=False)  # fmt: skip
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    who = f"{finding.symbol}, " if finding.symbol else ""
    ahead = f"up to {finding.reach} bar{'s' * (finding.reach != 1)} later"
    rows = [
        ("first bar", f"{who}closing {show_time(finding.known_at_ns)}"),
        ("read", f"{finding.reads()}, {ahead}" + (f"; {finding.hint}" if finding.hint else "")),
        ("seen when", f"what followed {show_time(finding.cut_ns)} was {finding.how}: "
                      f"{finding.value:.6g} became {finding.other:.6g}"),
        ("line", str(finding.line) if finding.line else ""),
    ]  # fmt: skip
    for name, text in rows:
        if text:
            table.add_row(name, Text(text))
    return table
