"""An event strategy's account: the market moves a row, the strategy is told, its orders are taken."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from lockstep._loop_thread import LoopThread
from lockstep.data.blocks import BarBlock
from lockstep.errors import BacktestError, OrderError
from lockstep.kernels.orders.block import market_moment, settle_moment
from lockstep.kernels.orders.tables import INTENT
from lockstep.strategies.base import Strategy
from lockstep.strategies.event import BAR_HOOKS, BaseStrategy, Fill, MarketData, ModeChange, own_hooks
from lockstep.strategies.intents import encode
from lockstep.strategies.keeping import give_state, state_of
from lockstep.strategies.orders import Request
from lockstep.strategies.over_bars.broker_account import BrokerAccount, Records
from lockstep.strategies.over_bars.execution import Execution
from lockstep.strategies.over_bars.facts import Facts
from lockstep.strategies.over_bars.guards import BarGuards
from lockstep.strategies.over_bars.order_model import OrderModel


class BacktestDesk:
    """What an event strategy trades through in a backtest."""

    def __init__(self, symbols: tuple[str, ...], broker: Records, stands: Records) -> None:
        """Show the engine's records, as they are at any time."""
        self.symbols = symbols
        self.requests: list[Request] = []
        self._numbers = {symbol: i for i, symbol in enumerate(symbols)}
        self._broker, self._stands = broker, stands

    def request(self, request: Request) -> None:
        """Take an order, cancel or replacement of the bar that has just closed."""
        self.requests.append(request)

    def intents(self) -> Records:
        """Return what was requested since the last call, as the engine takes it."""
        made = encode([(int(self._broker["row"][0]), one) for one in self.requests], self._numbers)
        self.requests.clear()
        return made

    def position(self, symbol: str) -> float:
        """Return signed units held."""
        if symbol not in self._numbers:
            raise OrderError(f"no position in {symbol!r}: traded are {', '.join(self.symbols)}")
        return float(self._stands["quantity"][self._numbers[symbol]])

    @property
    def cash(self) -> float:
        """Cash in account currency."""
        return float(self._broker["cash"][0])

    @property
    def equity(self) -> float:
        """Cash and positions at their latest prices."""
        return float(self._broker["equity"][0])


class EventAccount(BrokerAccount):
    """Runs one event strategy on its own cash."""

    def __init__(
        self, name: str, bars: Facts, symbols: npt.NDArray[np.int64], cash: float, strategy: Strategy,
        execution: Execution, model: OrderModel, guards: BarGuards | None = None, patience_s: float | None = None,
        *, begins: bool = True,
    ) -> None:  # fmt: skip
        """Start a fresh instance of the strategy with ``cash``, or without ``begins`` make one that ``resume`` is for.

        Raises ``BacktestError`` for one of ticks alone, and wherever it does not come back within ``patience_s``
        ``StalledError``; None waits for ever.
        """
        _check_hears(strategy)
        self.intents = np.zeros(0, INTENT)
        super().__init__(name, bars, symbols, cash, self, execution, model, guards)
        self._desk = BacktestDesk(tuple(bars.symbols[s] for s in symbols), self._broker, self._stands)
        self._told = 0
        self._early = self.intents
        """INTENT[n]: asked for between two rows, to be taken with what the next one leads to."""
        self._patience_s = patience_s
        self.after_row: Callable[[], None] | None = None
        """Called when a row is over: ``intents`` are those of its decisions."""
        self.gate: Callable[[Records], Records] | None = None
        """Returns which of a row's intents may leave."""
        self._thread = LoopThread()
        fresh: Any = type(strategy)(**strategy.params._asdict())
        self._strategy: BaseStrategy = fresh
        self._strategy.desk = self._desk
        if patience_s is not None:
            self._compile()
        if begins:
            self._wait(self._strategy.on_start())

    def _compile(self) -> None:
        """Compile what a row calls: who waits for a strategy does not wait for a compiler."""
        moments: tuple[Any, ...] = (market_moment, settle_moment)
        for moment in moments:
            moment.compile((numba.typeof(self._world), numba.int64))

    def _may_trail_by_range(self) -> bool:
        return True  # nobody knows what it will ask for

    def _run(self, block: BarBlock, n: int) -> int:
        return int(self._wait(self._rows(block, n)))

    async def _rows(self, block: BarBlock, n: int) -> int:
        row = 0
        self._take_intents(self.intents)
        self._point_buffers()
        while row < n and not self.ended:
            self._moment(market_moment, row)
            await self._tell(block, row)
            if self._desk.requests or len(self.intents) or len(self._early):
                self.intents = np.concatenate([self._early, self._desk.intents()])
                self._early = self.intents[:0]
                if self.gate is not None:
                    self.intents = self.gate(self.intents)
                self._broker["intents"] = 0
                self._take_intents(self.intents)
            self._moment(settle_moment, row)
            if self.after_row is not None:
                self.after_row()
            row += 1
        return row

    def _moment(self, moment: Any, row: int) -> None:
        while not moment(self._world, row):
            self._make_room()
            self._point_buffers()

    async def _stop(self) -> None:
        await self._tell_fills()  # of the last close
        await self._strategy.on_stop()

    async def _tell(self, block: BarBlock, row: int) -> None:
        """Tell the strategy of its fills since the last bar, then of the bars that close at a row."""
        await self._tell_fills()
        for s in np.flatnonzero(block.present[:, row]).tolist():
            prices = block.ohlcv[s, :, row].tolist()
            time_ns, session = int(block.close_time_ns[row]), int(block.session[row])
            await self._strategy.on_market_data(MarketData(self._desk.symbols[s], time_ns, session, *prices))

    async def _tell_fills(self) -> None:
        written = int(self._world["fill_count"][0])
        for fill in self._buffers["fill"][self._told : written]:
            await self._strategy.on_fill(self._fill(fill))
        self._told = written

    def _fill(self, fill: Any) -> Fill:
        return Fill(
            self._desk.symbols[fill["symbol"]], int(fill["tag"]), int(fill["time_ns"]), float(fill["quantity"]),
            float(fill["price"]), float(fill["fee"]), float(fill["position"]),
        )  # fmt: skip

    def tell_modes(self, changes: Sequence[ModeChange]) -> None:
        """Tell the strategy that it goes on under another mode; of fills that it has not heard of it hears no more."""
        self._told = int(self._world["fill_count"][0])
        self._wait(self._tell_modes(changes))
        self._early = self._desk.intents()

    async def _tell_modes(self, changes: Sequence[ModeChange]) -> None:
        for change in changes:
            await self._strategy.on_mode(change)

    def renew(self, strategy: BaseStrategy) -> None:
        """Let another instance of the strategy go on from here, between two rows; no order waits or rests."""
        self._strategy, strategy.desk = strategy, self._desk
        self._told = int(self._world["fill_count"][0])
        self._desk.requests.clear()
        self._wait(strategy.on_start())
        self._early = self._desk.intents()

    def parts(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays that decide how account and strategy go on, fills of which it has not heard too."""
        return super().parts() | {"unheard": self.written("fill")[self._told :], "early": self._early}

    def values(self, *, told: bool = True) -> dict[str, Any]:
        """Return what else does; raises ``SnapshotError`` for a strategy that can't tell its state."""
        return super().values() | {"strategy": state_of(self._strategy) if told else None}

    def resume(self, values: Mapping[str, Any], parts: Mapping[str, npt.NDArray[Any]]) -> None:
        """Stand where ``values`` and ``parts`` were given; without a strategy's state it goes on no more."""
        super().resume(values, parts)
        unheard, self._early = parts["unheard"], parts["early"].copy()
        self._buffers["fill"][: len(unheard)] = unheard
        self._size(fill_count=len(unheard))
        if values["strategy"] is not None:
            give_state(self._strategy, values["strategy"])

    def stop(self) -> None:
        """Tell the strategy that the run is over, and end its thread."""
        self._wait(self._stop())
        self._thread.close()

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._thread.wait(work, self._patience_s)

    def finish(self) -> tuple[Records, Records, Records, Records]:
        """Tell the strategy that the run is over and return all records."""
        self.stop()
        return super().finish()


def _check_hears(strategy: Any) -> None:
    own = own_hooks(type(strategy))
    if own and not own & BAR_HOOKS:
        raise BacktestError(
            f"{type(strategy).__name__} is told of ticks alone ({', '.join(sorted(own))}): run it over ticks, or give"
            " it on_market_data"
        )
