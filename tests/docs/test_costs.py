"""docs/costs.md names every model, in the order of their codes."""

import re
from pathlib import Path

import pytest

from lockstep.kernels.orders.impact import Impact
from lockstep.kernels.orders.slippage import Slippage


@pytest.mark.parametrize(("heading", "models"), [("Slippage", Slippage), ("Market impact", Impact)])
def test_the_table_is_the_models(root: Path, heading: str, models: type[Slippage] | type[Impact]) -> None:
    section = (root / "docs" / "costs.md").read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [model.name for model in models]
