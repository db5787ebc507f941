"""docs/strategies.md lists what ships, with the defaults it has."""

import re
from pathlib import Path

from lockstep.strategies.registry import SHIPPED, find


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)


def test_the_table_is_the_registry(root: Path) -> None:
    text = (root / "docs" / "strategies.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) ?\|$", text, re.MULTILINE)
    expected = []
    for name in SHIPPED:
        kind = find(name)
        defaults = ", ".join(f"{p.name} {_shown(p.default)}" for p in kind.parameters.values())
        expected.append((name, kind.title, defaults))
    assert rows == expected
