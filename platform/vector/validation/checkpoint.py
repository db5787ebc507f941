"""What is done of a validation, on disk: an interrupted one goes on where it stopped.

The folder holds ``request.json``, a file for each range that was trained on, ``0-train-0-504.npz`` (what all sets score
there), and one for each split, ``0-split-3.npz`` (what it chose and how that did in its tests), each by the number of
the symbol. The sweep that is at work has a folder of its own in it.
"""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np

from lockstep._version import __version__
from lockstep.data.bars import Bars
from lockstep.strategies.code_version import code_version, function_version
from lockstep.vector.backtest import execution_of
from lockstep.vector.sweep.content import content_hash
from lockstep.vector.sweep.folder import claim, read_arrays, write_arrays
from lockstep.vector.sweep.space import Space
from lockstep.vector.validation.legs import Leg
from lockstep.vector.validation.outcome import Choice, Tests
from lockstep.vector.validation.picking import Pick
from lockstep.vector.validation.scores import Measured
from lockstep.vector.validation.sessions import Range
from lockstep.vector.validation.splits import Splits
from lockstep.vector.validation.terms import Terms

FORMAT = 1


def identity_of(
    bars: Bars, space: Space, splits: Splits, names: tuple[str, ...], pick: Pick, across: str, terms: Terms
) -> dict[str, Any]:
    """Return what decides the numbers of a validation, for JSON."""
    chosen = f"function {function_version(pick)}" if isinstance(pick, FunctionType) else repr(pick)
    return {
        "kind": "validation",
        "format": FORMAT,
        "lockstep": __version__,
        "strategy": code_version(space.strategy_class),
        "space": space.identity(),
        "data": bars.data_hash,
        "splits": content_hash(splits.describe()),
        "across": across,
        "metrics": list(names),
        "pick": chosen,
        "execution": execution_of(terms.execution).to_dict(),
        "cash": terms.cash,
        "risk_free": terms.risk_free,
        "convention": repr(terms.rules),
        "given": content_hash([terms.benchmark, terms.columns, terms.model]),
        "backend": terms.backend,
    }


class Trained(NamedTuple):
    """What a sweep over one range of training came to."""

    measured: Measured
    tried: int
    """Sets that have a result."""
    per_year: float
    """Periods of a year."""


@dataclass(frozen=True)
class Checkpoint:
    """A folder of finished trainings and splits."""

    folder: Path

    @classmethod
    def at(cls, folder: str | os.PathLike[str], identity: dict[str, Any]) -> "Checkpoint":
        """Open or make the folder. Raises ``SweepError`` for one that holds something else, or can't be written."""
        made = cls(Path(folder).expanduser())
        claim(made.folder, identity)
        return made

    def sweep(self, unit: int, sessions: Range) -> Path:
        """Return where the sweep over a range keeps its portions while it is at work."""
        return self.folder / f"{unit}-sweep-{sessions[0]}-{sessions[1]}"

    def trained(self, unit: int, sessions: Range) -> Trained | None:
        """Return a training; None where it is not done, or its file is damaged."""
        arrays = read_arrays(self._training(unit, sessions))
        try:
            return None if arrays is None else _trained(arrays)
        except (ValueError, KeyError, IndexError):
            return None

    def keep_training(self, unit: int, sessions: Range, made: Trained) -> None:
        """Keep a training; durable when it returns."""
        scores = {f"score {name}": values for name, values in made.measured.values.items()}
        told = np.array([made.measured.periods, made.tried, made.per_year])
        sums = {"sums": made.measured.sums, "squares": made.measured.squares}
        write_arrays(self._training(unit, sessions), {**scores, **sums, "told": told})
        shutil.rmtree(self.sweep(unit, sessions), ignore_errors=True)

    def chosen(self, unit: int, split: int) -> tuple[Choice, Tests] | None:
        """Return what a split chose, and its tests; None where it is not done, or its file is damaged."""
        arrays = read_arrays(self._split(unit, split))
        try:
            return None if arrays is None else _chosen(arrays)
        except (ValueError, KeyError, TypeError):
            return None

    def keep_choice(self, choice: Choice, tests: Tests) -> None:
        """Keep what a split chose, and its tests; durable when it returns."""
        legs = [[sessions, leg.ruined] for (_, sessions), leg in tests.items()]
        arrays: dict[str, Any] = {}
        for at, leg in enumerate(tests.values()):
            arrays |= {f"{at}.points": leg.points, f"{at}.trades": leg.trades}
        text = json.dumps({"choice": choice._asdict(), "legs": legs}).encode()
        write_arrays(self._split(choice.unit, choice.split), {**arrays, "text": np.frombuffer(text, np.uint8)})

    def _training(self, unit: int, sessions: Range) -> Path:
        return self.folder / f"{unit}-train-{sessions[0]}-{sessions[1]}.npz"

    def _split(self, unit: int, split: int) -> Path:
        return self.folder / (f"{unit}-split-{split}.npz" if split >= 0 else f"{unit}-hindsight.npz")


def _trained(arrays: dict[str, Any]) -> Trained:
    scores = {name.removeprefix("score "): v for name, v in arrays.items() if name.startswith("score ")}
    periods, tried, per_year = arrays["told"].tolist()
    return Trained(Measured(scores, int(periods), arrays["sums"], arrays["squares"]), int(tried), per_year)


def _chosen(arrays: dict[str, Any]) -> tuple[Choice, Tests]:
    text = json.loads(arrays["text"].tobytes())
    choice, tests = Choice(**text["choice"]), Tests()
    for at, ((start, stop), ruined) in enumerate(text["legs"]):
        points, trades = arrays[f"{at}.points"], arrays[f"{at}.trades"]
        tests[choice.split, (start, stop)] = Leg(choice.split, (start, stop), points, trades, ruined)
    return choice, tests
