"""docs/order_kernels.md lists the order kernels that ship, and names all that a desk can do."""

import re
from pathlib import Path

from numba.extending import is_jitted

from lockstep.kernels.ticks import desk
from lockstep.strategies.registry import ORDER_KERNELS, find


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)


def test_the_table_is_the_registry(root: Path) -> None:
    text = (root / "docs" / "order_kernels.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| ([\w ]+ Strategy) \| (.*?) ?\|$", text, re.MULTILINE)
    expected = []
    for name in ORDER_KERNELS:
        kind = find(name)
        defaults = ", ".join(f"{p.name} {_shown(p.default)}" for p in kind.parameters.values())
        expected.append((name, kind.title, defaults))
    assert rows == expected


def test_every_operation_of_the_desk_is_named(root: Path) -> None:
    text = (root / "docs" / "order_kernels.md").read_text()
    kernels = {name for name, value in vars(desk).items() if is_jitted(value) and value.__module__ == desk.__name__}
    inner = {"insist", "no_room"}  # what a kill switch needs, see outside.py
    operations = {name for name in kernels - inner if not name.startswith("_")}
    assert len(operations) > 25
    assert operations == {name for name in operations if re.search(rf"`{name}\((desk|order)", text)}
