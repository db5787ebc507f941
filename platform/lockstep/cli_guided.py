"""The options of a guided search: `lockstep sweep --guided N` and what goes with it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from lockstep.errors import SweepError

if TYPE_CHECKING:
    from lockstep.vector.sweep import Sweep

Guided = Annotated[
    int | None, typer.Option(help="Run so many sets, each batch chosen by what those before came to.", min=1)
]
Sampler = Annotated[str | None, typer.Option(help="--guided: tpe, nsga2 (for several objectives) or random. [tpe]")]
Objectives = Annotated[
    list[str] | None,
    typer.Option(help="--guided: METRIC or METRIC:minimize, what is searched for; may be repeated. [--by]"),
]
Storage = Annotated[
    str | None,
    typer.Option(help="--guided: file, or URL of a database, that keeps the search: the same command goes on."),
]

SHARPE = "sharpe"

STORAGE = "--storage FILE"


class GuidedSearch(NamedTuple):
    """A guided search as it was asked for."""

    trials: int
    sampler: str
    objectives: tuple[tuple[str, str], ...]
    """Metrics, with "maximize" or "minimize"."""
    storage: str | None
    seed: int

    def __str__(self) -> str:
        wanted = " and ".join(f"{way} {name}" for name, way in self.objectives)
        return f"{self.trials:,} sets chosen by {self.sampler} to {wanted}"

    def run(self, search: Any, bars: Any, options: Mapping[str, Any], progress: bool | None) -> "Sweep":
        """Search."""
        from lockstep.vector.sweep import guided_sweep

        return guided_sweep(
            bars, search.space.strategy_class, search.space, progress=progress, **self._asdict(), **options
        )


def guided_search(
    trials: int | None, sampler: str | None, objective: Sequence[str] | None, storage: str | None, seed: int,
    by: str | None, lowest: bool, others: Mapping[str, Any],
) -> GuidedSearch | None:  # fmt: skip
    """Return what was asked for, None for a plain sweep.

    Without objectives ``by`` is one. ``others`` are options that mean nothing here, "subset": its value. Raises
    ``SweepError`` for options that don't go together, and for objectives that can't be searched for.
    """
    if trials is None:
        given = {"--sampler": sampler, "--objective": objective, "--storage": storage}
        stray = [name for name, value in given.items() if value]
        if stray:
            raise SweepError(f"{stray[0]} belongs to a guided search: give --guided N too, how many sets are run")
        return None
    from lockstep.vector.sweep.asked import objectives_of_texts
    from lockstep.vector.sweep.guided import OTHERS

    for name, value in others.items():
        if value:
            raise SweepError(f"--guided takes no --{name}: leave it out; {OTHERS[name.replace('policy', 'policies')]}")
    wanted = objectives_of_texts(objective or [f"{by or SHARPE}:{'minimize' if lowest else 'maximize'}"])
    return GuidedSearch(trials, sampler or "tpe", wanted, storage, seed)


def compared_by(by: str | None, lowest: bool, wanted: GuidedSearch | None) -> tuple[str, bool]:
    """Return the metric by which sets are compared, and whether its lowest value is best: the first objective's."""
    if by is not None or wanted is None:
        return by or SHARPE, lowest
    name, way = wanted.objectives[0]
    return name, way == "minimize"
