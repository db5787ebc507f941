"""Compile what many tests call, in one process and before several need it at once: `make compiled`.

Compiled kernels are kept between processes. Two that lack the same one each compile it; what is compiled here is
found by both. Nothing depends on it: a test that finds a kernel missing compiles it.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.kernels.matching.flow import commands
from tests.live.session.simulation import World
from tests.live.session.venue_simulation import VenueWorld

from lockstep.data import Store
from lockstep.data.sample import install_real
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.kernels.matching.frame import Exchange
from lockstep.strategies import EmaCross, SimpleMarketMaker
from lockstep.vector import Brokerage, backtest
from lockstep.vector.sweep import sweep


def bars(folder: Path) -> None:
    """Accounts of both models, statistics and sweeps."""
    store = Store(folder)
    install_real(store)
    one = store.bars(["AAPL"], interval="1d")
    for brokerage in (None, Brokerage()):
        backtest(one, EmaCross(), brokerage=brokerage).metrics()
    sweep(one, EmaCross, {"fast": [5, 10], "slow": [20, 30]})


def ticks() -> None:
    """A made history and a run over it."""
    backtest(synthetic_flow(2_000, "L2", seed=1), SimpleMarketMaker(), cash=1e6).metrics()


def exchange() -> None:
    """An exchange's commands and what it answers."""
    venue = Exchange(owners=6)
    for _ in range(3):
        venue.list_instrument(90, window=64)
    venue.run(commands(3, 100))


def main() -> None:
    """Compile all of it."""
    ticks()
    World(0).run()
    VenueWorld(0).run()
    with TemporaryDirectory() as folder:
        bars(Path(folder))
    exchange()


if __name__ == "__main__":
    main()
