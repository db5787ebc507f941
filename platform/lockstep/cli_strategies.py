"""The command that tells which strategies there are: `lockstep strategies`."""

import json
from typing import TYPE_CHECKING, Any

from lockstep.cli_common import JsonOption
from lockstep.strategies.parameters import camel_case

if TYPE_CHECKING:
    from lockstep.strategies.registry import Listed


def strategies_command(as_json: JsonOption = False) -> None:
    """List the strategies and their parameters."""
    from lockstep.strategies.registry import listing
    from lockstep.terminal import show_strategies

    found = listing()
    if as_json:
        print(json.dumps([_strategy(entry) for entry in found]))
    else:
        show_strategies(found)


def _strategy(entry: "Listed") -> dict[str, Any]:
    parameters = {
        camel_case(p.name): {"type": p.kind.__name__, "default": p.default, "low": p.low, "high": p.high, "doc": p.doc}
        for p in entry.strategy.parameters.values()
    }
    return {
        "name": entry.name, "title": entry.title, "source": entry.source, "summary": entry.summary,
        "parameters": parameters,
    }  # fmt: skip
