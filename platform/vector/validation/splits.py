"""Splits of a history: where a strategy's parameters are chosen, and where what was chosen is tested."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from lockstep.errors import SplitError
from lockstep.vector.validation.sessions import Range, Sessions


@dataclass(frozen=True, slots=True)
class Split:
    """One choice and its test, as ranges of session numbers: start included, stop not.

    A test begins with indicators warmed up on the bars before it, whoever's they are: warming up reads prices, it
    chooses nothing.
    """

    number: int
    name: str
    """For people: the days that are tested, or their groups."""
    train: tuple[Range, ...]
    test: tuple[Range, ...]
    groups: tuple[int, ...] = ()
    """Of a cross-validation: the groups that are tested, one for each range of ``test``."""
    train_dates: tuple[tuple[date, date], ...] = ()
    """First and last day of each range; empty where days are not known."""
    test_dates: tuple[tuple[date, date], ...] = ()

    def trained(self) -> int:
        """Return how many sessions are trained on."""
        return sum(stop - start for start, stop in self.train)

    def tested(self) -> int:
        """Return how many sessions are tested."""
        return sum(stop - start for start, stop in self.test)


@dataclass(frozen=True, slots=True)
class Splits(Sequence[Split]):
    """The splits that a definition makes of a history, in order of their tests."""

    definition: dict[str, Any]
    """What was asked for, as a JSON document."""
    total: int
    """Sessions of the history."""
    splits: tuple[Split, ...]
    groups: tuple[Range, ...] = ()
    """Of a cross-validation: the parts that the history is cut into."""
    paths: tuple[tuple[int, ...], ...] = field(default=())
    """``paths[p][g]``: number of the split whose test supplies group ``g`` of path ``p``; see ``path``."""

    def __getitem__(self, index: Any) -> Any:
        return self.splits[index]

    def __len__(self) -> int:
        return len(self.splits)

    def __iter__(self) -> Iterator[Split]:
        return iter(self.splits)

    def path(self, number: int) -> tuple[tuple[Range, int], ...]:
        """Return one path through the whole history: ranges in order, each with the split that tests it.

        Raises ``SplitError`` for a path that there is not, and for splits that have none.
        """
        if not 0 <= number < len(self.paths):
            raise SplitError(f"there are {len(self.paths)} paths, numbered from 0, found {number}")
        return tuple(zip(self.groups, self.paths[number], strict=True))

    def tests_apart(self) -> bool:
        """Return whether no session is tested twice, so that the tests can be put together to one curve."""
        stops = 0
        for split in self.splits:
            for start, stop in split.test:
                if start < stops:
                    return False
                stops = stop
        return True

    def describe(self) -> dict[str, Any]:
        """Return the definition and all splits as a JSON document."""
        return {
            **self.definition,
            "sessions": self.total,
            "splits": [_described(split) for split in self.splits],
            "paths": [list(path) for path in self.paths],
        }


class Definition(Protocol):
    """A way to split a history."""

    def over(self, sessions: Any) -> Splits:
        """Return the splits of a history, given the number of its sessions or their days.

        Raises ``SplitError`` where the history is too short for what is asked, or its days are needed and unknown.
        """


def split_of(
    number: int, sessions: Sessions, train: Sequence[Range], test: Sequence[Range], groups: tuple[int, ...] = ()
) -> Split:
    """Return a split with its name and dates; raises ``SplitError`` when nothing is left to train on."""
    train_dates, test_dates = _dates(sessions, train), _dates(sessions, test)
    if groups:
        name = f"group {groups[0] + 1}" if len(groups) == 1 else f"groups {', '.join(str(g + 1) for g in groups)}"
    elif test_dates:
        name = f"{test_dates[0][0]} to {test_dates[-1][1]}"
    else:
        name = f"sessions {test[0][0]} to {test[-1][1] - 1}"
    if not train:
        raise SplitError(
            f"the test of {name} leaves no session to train on, expected at least one of {sessions.total}: take a "
            f"smaller purge or embargo, or fewer groups in each test"
        )
    return Split(number, name, tuple(train), tuple(test), groups, train_dates, test_dates)


def written(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments as JSON has them: dates as text, without what was not given."""
    shown = {name: value for name, value in fields.items() if value is not None and name != "grows"}
    return {name: str(value) if isinstance(value, date) else value for name, value in shown.items()}


def split_from(number: int, described: dict[str, Any]) -> Split:
    """Return a split as ``Splits.describe`` has told it."""
    ranges = {side: tuple((start, stop) for start, stop in described[side]) for side in ("train", "test")}
    days = {
        side: tuple((date.fromisoformat(first), date.fromisoformat(last)) for first, last in described.get(side, []))
        for side in ("train_dates", "test_dates")
    }
    return Split(
        number, described["name"], ranges["train"], ranges["test"], tuple(described.get("groups", ())),
        days["train_dates"], days["test_dates"],
    )  # fmt: skip


def _dates(sessions: Sessions, ranges: Sequence[Range]) -> tuple[tuple[date, date], ...]:
    pairs = ((sessions.date(start), sessions.date(stop - 1)) for start, stop in ranges)
    return tuple((first, last) for first, last in pairs if first is not None and last is not None)


def _described(split: Split) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": split.name,
        "train": [list(one) for one in split.train],
        "test": [list(one) for one in split.test],
    }
    if split.groups:
        found["groups"] = list(split.groups)
    if split.test_dates:
        found["train_dates"] = [[str(day) for day in pair] for pair in split.train_dates]
        found["test_dates"] = [[str(day) for day in pair] for pair in split.test_dates]
    return found
