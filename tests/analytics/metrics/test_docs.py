"""docs/metrics.md says what the code does: its tables are the catalogue, its examples print what they claim."""

import contextlib
import io
import re
from pathlib import Path

import pytest

from lockstep.analytics.metrics import FORMULAS, PRESETS
from lockstep.analytics.metrics.catalogue import metric
from lockstep.analytics.metrics.sample import Sample
from lockstep.analytics.metrics.table import presets, tables


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "metrics.md").read_text()


def test_the_tables_are_the_catalogue(page: str) -> None:
    assert page.partition("metrics.table`.\n\n")[2] == tables() + "\n"
    assert presets() in page


def test_the_examples_print_what_they_claim(page: str) -> None:
    examples = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", page, flags=re.DOTALL)
    assert len(examples) == 2
    for code, claimed in examples:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, {})
        assert printed.getvalue() == claimed


def test_every_entry_is_complete() -> None:
    units = {"fraction", "currency", "days", "count", "ratio", "time"}
    for name, entry in FORMULAS.items():
        assert entry.title, name
        assert entry.unit in units, name
        assert entry.text.endswith("."), name
        assert set(entry.labels) <= set(PRESETS), name
    assert len({entry.title for entry in FORMULAS.values()}) == len(FORMULAS)


@pytest.mark.parametrize("library", [name for name in PRESETS if name != "lockstep"])
def test_no_two_metrics_have_one_name_in_a_library(library: str) -> None:
    labels = [entry.labels[library] for entry in FORMULAS.values() if library in entry.labels]
    assert len(labels) == len(set(labels))


def test_a_name_can_be_taken_once() -> None:
    def sharpe(sample: Sample) -> float:
        return 0.0

    with pytest.raises(ValueError, match="found sharpe twice"):
        metric("Sharpe", "ratio", group="Run")(sharpe)
