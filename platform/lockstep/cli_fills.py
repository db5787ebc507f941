"""`lockstep fills`: the fills of two runs side by side."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lockstep.cli_common import JsonOption

if TYPE_CHECKING:
    from lockstep.vector.parity.fills import FillDiff


def fills_command(
    first: Annotated[str, typer.Argument(help="Folder of a session, FOLDER:LANE, or a saved tick result.")],
    second: Annotated[
        str | None, typer.Argument(help="The same. Without it: what a live session's orders find in simulation.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Compare fills one by one, and say what each difference points to."""
    from lockstep.terminal_session import show_fills
    from lockstep.vector.parity.fills import compare_fills, fills_of
    from lockstep.vector.parity.simulated import simulated_fills

    names = ("first", "second") if second is not None else ("session", "simulation")
    if second is not None:
        found = {f"{first} and {second}": compare_fills(fills_of(first), fills_of(second))}
    else:
        found = simulated_fills(first)
    if as_json:
        print(json.dumps({name: _told(diff) for name, diff in found.items()}))
        return
    for name, diff in found.items():
        show_fills(name, names, diff)


def _told(diff: "FillDiff") -> dict[str, Any]:
    return {
        "fills": len(diff.pairs), "same": len(diff.pairs) - len(diff.differences), "causes": diff.causes,
        "quantities": diff.quantities, "costs": diff.costs,
        "differences": [pair._asdict() for pair in diff.differences],
    }  # fmt: skip
