"""The command that tells which strategies there are: `lockstep strategies`."""

import json

from lockstep.cli_common import JsonOption


def strategies_command(as_json: JsonOption = False) -> None:
    """List the strategies and their parameters."""
    from lockstep.strategies.registry import listing
    from lockstep.terminal import show_strategies

    found = listing()
    if as_json:
        print(json.dumps([entry.to_dict() for entry in found]))
    else:
        show_strategies(found)
