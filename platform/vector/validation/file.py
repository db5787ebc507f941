"""A saved validation: one ``.npz`` file of plain arrays and a JSON text, like a saved result."""

import json
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from lockstep.analytics.metrics.conventions import Convention
from lockstep.analytics.metrics.facts import Facts
from lockstep.errors import ArchiveError
from lockstep.vector.archive import write_arrays
from lockstep.vector.validation.legs import Leg
from lockstep.vector.validation.outcome import Choice, Side, Tests, WalkForward
from lockstep.vector.validation.splits import Splits, split_from
from lockstep.vector.validation.units import Market

FORMAT = "walk-forward 1"


def save(made: WalkForward, path: str | Path) -> Path:
    """See ``WalkForward.save``; an existing file is replaced only once the new one is complete."""
    arrays: dict[str, Any] = {}
    text = {
        "format": FORMAT,
        "about": made.about,
        "convention": asdict(made.rules),
        "splits": made.splits.describe() | {"definition": made.splits.definition, "groups": made.splits.groups},
        "chains": made.chains,
        "units": made.units,
        "facts": [asdict(market.facts) for market in made.markets],
    }
    for name, side in (("chosen", made.chosen), ("hindsight", made.hindsight)):
        text[name] = [choice._asdict() for choice in side.choices]
        text[f"{name}_legs"] = [
            [[split, sessions, leg.ruined] for (split, sessions), leg in tests.items()] for tests in side.tests
        ]
        for unit, tests in enumerate(side.tests):
            for at, leg in enumerate(tests.values()):
                arrays |= {f"{name}.{unit}.{at}.points": leg.points, f"{name}.{unit}.{at}.trades": leg.trades}
    for unit, market in enumerate(made.markets):
        arrays |= {f"market.{unit}.days": market.days, f"market.{unit}.levels": market.levels}
    arrays["about"] = np.frombuffer(json.dumps(text).encode(), np.uint8)
    return write_arrays(path, arrays, "the validation")


def load(path: str | Path) -> WalkForward:
    """See ``WalkForward.load``."""
    try:
        with open(Path(path).expanduser(), "rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        text = json.loads(arrays["about"].tobytes())
        if text["format"] != FORMAT:
            raise ValueError(f"it is written as {text['format']!r}, this version reads {FORMAT!r}")
        return _read(text, arrays)
    except (OSError, ValueError, KeyError, EOFError, TypeError, IndexError, zipfile.BadZipFile) as error:
        raise ArchiveError(f"expected what WalkForward.save wrote in {path}, found something else: {error}") from error


def _read(text: dict[str, Any], arrays: dict[str, Any]) -> WalkForward:
    told = text["splits"]
    splits = Splits(
        told["definition"], told["sessions"], tuple(split_from(n, each) for n, each in enumerate(told["splits"])),
        tuple((a, b) for a, b in told["groups"]), tuple(map(tuple, told["paths"])),
    )  # fmt: skip
    chains = tuple(tuple(((a, b), split) for (a, b), split in chain) for chain in text["chains"])
    markets = [
        Market(arrays[f"market.{unit}.days"], arrays[f"market.{unit}.levels"], Facts(**facts))
        for unit, facts in enumerate(text["facts"])
    ]
    sides = (_side(name, text, arrays) for name in ("chosen", "hindsight"))
    return WalkForward(
        text["about"], Convention(**text["convention"]), splits, chains, tuple(text["units"]), markets, *sides
    )


def _side(name: str, text: dict[str, Any], arrays: dict[str, Any]) -> Side:
    tests: list[Tests] = []
    for unit, legs in enumerate(text[f"{name}_legs"]):
        found: Tests = {}
        for at, (split, (start, stop), ruined) in enumerate(legs):
            points, trades = (arrays[f"{name}.{unit}.{at}.{kind}"] for kind in ("points", "trades"))
            found[split, (start, stop)] = Leg(split, (start, stop), points, trades, ruined)
        tests.append(found)
    return Side([Choice(**choice) for choice in text[name]], tests)
