"""docs/indicators.md runs as it stands, and its table says what the catalogue says."""

import inspect
import re

from lockstep.kernels.indicators import CATALOGUE


def test_the_code_runs(root):
    text = (root / "docs" / "indicators.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 3
    scope = {"__name__": "docs_indicators"}
    for block in blocks:
        exec(compile(block, "docs/indicators.md", "exec"), scope)


def _parameters(name):
    """Return an indicator's parameters as the table writes them."""
    parameters = inspect.signature(CATALOGUE[name].init).parameters.values()
    shown = (p.name if p.default is p.empty else f"{p.name} {p.default!r}" for p in parameters)
    return ", ".join(shown).replace("'", '"')


def test_the_table_is_the_catalogue(root):
    text = (root / "docs" / "indicators.md").read_text()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| `")]
    assert [row[0].strip("`") for row in rows] == list(CATALOGUE)
    for name, inputs, parameters, outputs, *_ in rows:
        indicator = CATALOGUE[name.strip("`")]
        assert inputs == ", ".join(indicator.inputs)
        assert parameters == _parameters(name.strip("`"))
        assert re.sub(r" \(.*\)", "", outputs) == ", ".join(indicator.outputs)
