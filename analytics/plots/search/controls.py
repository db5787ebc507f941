"""Sliders and lists that choose one of many slices, each by itself, without a server or a script of ours.

A plotly control can only set attributes to values fixed beforehand and does not know where the other controls stand.
So each control owns an attribute of all traces that can hide a trace alone, and a trace is seen where no control hides
it: the first control sets ``visible``, the second the opacity (or, for surfaces, ``hidesurface``), the third and
fourth move traces to axes whose range lies elsewhere.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lockstep.analytics.plots.search.searched import RUNS
from lockstep.analytics.plots.search.slices import Control
from lockstep.analytics.plots.style import label

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Attributes = Mapping[str, Any]
Gate = tuple[Attributes, Attributes]
"""What a trace is given when its slice is chosen, and when not."""

FLAT: tuple[Gate, ...] = (
    ({"visible": True}, {"visible": False}),
    ({"opacity": 1.0, "hoverinfo": "all"}, {"opacity": 0.0, "hoverinfo": "skip"}),
    ({"xaxis": "x"}, {"xaxis": "x2"}),
    ({"yaxis": "y"}, {"yaxis": "y2"}),
)
SOLID: tuple[Gate, ...] = (
    ({"visible": True}, {"visible": False}),
    ({"hidesurface": False, "hoverinfo": "all"}, {"hidesurface": True, "hoverinfo": "skip"}),
)
ROOM = 62
"""Pixels that a slider takes below the picture."""

_BELOW = 58
_KEPT = {f"{axis}.type": "category" for axis in ("xaxis", "yaxis", "xaxis2", "yaxis2")}
"""Plotly guesses an axis' type anew when a trace moves to it, unless it is told."""


def gated(gates: Sequence[Gate], controls: Sequence[Control], state: Sequence[int]) -> dict[str, Any]:
    """Return the attributes with which the trace of one slice begins."""
    found: dict[str, Any] = {}
    for (on, off), control, place in zip(gates, controls, state, strict=False):
        found |= on if place == control.start else off
    return found


def add_controls(
    figure: "Figure", gates: Sequence[Gate], controls: Sequence[Control], states: Sequence[Sequence[int]]
) -> None:
    """Give a figure one control a dimension. ``states``: of each trace of the figure, in order, its slice."""
    offered = [number for number, control in enumerate(controls) if len(control.places) > 1]
    sliders = [number for number in offered if controls[number].name not in RUNS]
    lists = [number for number in offered if controls[number].name in RUNS]
    figure.update_layout(
        sliders=[
            _slider(controls[number], _steps(gates[number], controls[number], number, states), row)
            for row, number in enumerate(sliders)
        ],
        updatemenus=[
            _list(controls[number], _steps(gates[number], controls[number], number, states), column)
            for column, number in enumerate(lists)
        ],
        height=figure.layout.height + ROOM * len(sliders),
        margin_b=_BELOW + ROOM * len(sliders),
    )
    if len(controls) > 2 and gates is FLAT:
        # Traces that are not chosen lie on these axes, far outside of what they show.
        figure.update_layout(xaxis2=_elsewhere("x", "y"), yaxis2=_elsewhere("y", "x"))


def _elsewhere(letter: str, other: str) -> dict[str, Any]:
    outside = {"type": "category", "range": [-9e6, -9e6 + 1]}
    return {"overlaying": letter, "anchor": other, "visible": False, "fixedrange": True, **outside}


def _steps(gate: Gate, control: Control, number: int, states: Sequence[Sequence[int]]) -> list[dict[str, Any]]:
    on, off = gate
    traces = list(range(len(states)))
    return [
        {
            "label": label(text),
            "method": "update",
            "args": [
                {key: [(on if state[number] == place else off)[key] for state in states] for key in on},
                _KEPT if "axis" in "".join(on) else {},
                traces,
            ],
        }
        for place, text in enumerate(control.texts)
    ]


def _slider(control: Control, steps: list[dict[str, Any]], row: int) -> dict[str, Any]:
    return {
        "steps": steps,
        "active": control.start,
        "currentvalue": {"prefix": f"{label(control.name)}: ", "font": {"size": 13}, "offset": 4},
        "y": 0,
        "yanchor": "top",
        "x": 0,
        "len": 1,
        "pad": {"t": _BELOW - 14 + ROOM * row, "b": 0},
        "ticklen": 3,
        "font": {"size": 10},
        "transition": {"duration": 0},
    }


def _list(control: Control, steps: list[dict[str, Any]], column: int) -> dict[str, Any]:
    for step in steps:
        step["label"] = f"{label(control.name)}: {step['label']}"
    # Between the mark of synthetic data and the tool bar.
    place = {"x": 0.34 + 0.24 * column, "xanchor": "left", "y": 1.0, "yanchor": "bottom", "pad": {"b": 6}}
    return {"buttons": steps, "active": control.start, "showactive": True, "name": control.name, **place}
