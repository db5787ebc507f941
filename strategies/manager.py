"""Which strategies run together, on what, and with how much of the capital."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lockstep._nearest import did_you_mean
from lockstep.errors import StrategyError
from lockstep.strategies.promotion import Promotion
from lockstep.strategies.registry import create

if TYPE_CHECKING:
    from lockstep.strategies.base import Strategy

KEYS = ("id", "name", "enabled", "allocation", "symbols", "parameters")
"""What one strategy of a request may say."""

ROUNDING = 1e-9
"""How far allocations such as three times 1/3 may add up beyond the whole."""


@dataclass(frozen=True, slots=True)
class StrategyEntry:
    """One strategy in the line-up."""

    id: str
    name: str
    """The name under which it was asked for, or the strategy's title."""
    strategy: "Strategy"
    allocation: float
    """Share of the capital, above 0 and at most 1; spread evenly over the symbols."""
    symbols: tuple[str, ...]
    """Empty for all symbols of the run."""
    enabled: bool = True
    promotion: Promotion | None = None
    """The document that it was taken from, where there is one."""

    @property
    def parameters(self) -> dict[str, Any]:
        """Return the checked parameters by name."""
        return self.strategy.params._asdict()


class StrategyManager:
    """Strategies registered to run side by side, each as a sub-account of its allocation of the capital.

    Iterating yields the enabled entries in the order in which they were registered.
    """

    def __init__(self, symbols: Sequence[str] = ()) -> None:
        """Start empty. ``symbols`` are those of the run; without any, entries may name what they like."""
        self.symbols = tuple(symbols)
        self._entries: dict[str, StrategyEntry] = {}

    @classmethod
    def from_request(cls, strategies: Sequence[Mapping[str, Any]], symbols: Sequence[str] = ()) -> "StrategyManager":
        """Build the line-up from the ``strategies`` list of a request.

        Each item has ``name`` and may have ``id``, ``enabled``, ``allocation``, ``symbols``, ``parameters``.
        Raises ``StrategyError`` for anything else and whatever ``register`` refuses.
        """
        if isinstance(strategies, (str, Mapping)) or not isinstance(strategies, Sequence):
            raise StrategyError(f"strategies must be a list of objects, found {strategies!r}")
        manager = cls(symbols)
        for number, item in enumerate(strategies):
            manager._register_item(item, f"strategies[{number}]")
        return manager

    def register(
        self,
        strategy: "Strategy | Promotion",
        *,
        id: Any = None,
        name: str | None = None,
        allocation: float = 1.0,
        symbols: Sequence[str] = (),
        enabled: Any = True,
    ) -> StrategyEntry:
        """Add a strategy and return its entry; without an id it gets ``<name>_<number>``.

        A promotion gives the strategy with its parameters; its settings and symbols are not taken from it. Raises
        ``StrategyError`` for an id in use, a symbol that is not in the run, an allocation outside (0, 1] and
        allocations of enabled strategies that add up to more than 1; ``PromotionError`` where a promotion's code has
        changed.
        """
        promotion = strategy if isinstance(strategy, Promotion) else None
        strategy = strategy.strategy() if isinstance(strategy, Promotion) else strategy
        number = 1 + sum(entry.strategy.name == strategy.name for entry in self._entries.values())
        chosen = f"{strategy.name}_{number}" if id is None else id
        if not isinstance(chosen, str) or not chosen:
            raise StrategyError(f"a strategy's id must be a text that is not empty, found {chosen!r}")
        if chosen in self._entries:
            raise StrategyError(f"the strategy id {chosen!r} is used twice: give each its own")
        if not isinstance(enabled, bool):
            raise StrategyError(f"strategy {chosen!r}: enabled must be true or false, found {enabled!r}")
        entry = StrategyEntry(
            chosen,
            name or strategy.title,
            strategy,
            self._share(chosen, allocation, enabled),
            self._known(chosen, symbols),
            enabled,
            promotion,
        )
        self._entries[chosen] = entry
        return entry

    def _register_item(self, item: Any, place: str) -> None:
        if not isinstance(item, Mapping):
            raise StrategyError(f"{place} must be an object with the keys {', '.join(KEYS)}, found {item!r}")
        unknown = [key for key in item if key not in KEYS]
        if unknown:
            hint = did_you_mean(str(unknown[0]), KEYS)
            raise StrategyError(f"{place} has an unknown key {unknown[0]!r} (known: {', '.join(KEYS)}){hint}")
        name = item.get("name")
        if not isinstance(name, str) or not name:
            raise StrategyError(f'{place} needs a "name", such as "Mean Reversion Strategy"; found {name!r}')
        parameters = item.get("parameters") or {}
        if not isinstance(parameters, Mapping):
            raise StrategyError(f"{place}: parameters must be an object, found {parameters!r}")
        options = {key: item[key] for key in ("id", "enabled", "allocation", "symbols") if item.get(key) is not None}
        self.register(create(name, dict(parameters)), name=name, **options)

    def _share(self, owner: str, allocation: Any, enabled: bool) -> float:
        if isinstance(allocation, bool) or not isinstance(allocation, (int, float)) or not 0.0 < allocation <= 1.0:
            raise StrategyError(
                f"strategy {owner!r}: allocation must be above 0 and at most 1 (the share of the capital), "
                f"found {allocation!r}"
            )
        total = math.fsum((self.allocated, allocation if enabled else 0.0))
        if total > 1.0 + ROUNDING:
            raise StrategyError(
                f"the allocations add up to {total:g} with strategy {owner!r} ({allocation:g}); "
                f"together they may be at most 1: lower some or disable one"
            )
        return float(allocation)

    def _known(self, owner: str, symbols: Any) -> tuple[str, ...]:
        if isinstance(symbols, str) or not all(isinstance(symbol, str) for symbol in symbols):
            raise StrategyError(f"strategy {owner!r}: symbols must be a list of texts, found {symbols!r}")
        if len(set(symbols)) != len(symbols):
            raise StrategyError(f"strategy {owner!r}: a symbol is named twice in {list(symbols)}")
        unknown = [symbol for symbol in symbols if self.symbols and symbol not in self.symbols]
        if unknown:
            raise StrategyError(
                f"strategy {owner!r} names the symbol {unknown[0]!r}, which is not in the run "
                f"({', '.join(self.symbols)}): add it there or leave it out here"
            )
        return tuple(symbols)

    @property
    def allocated(self) -> float:
        """Return the share of the capital that the enabled strategies hold together."""
        return math.fsum(entry.allocation for entry in self)

    @property
    def entries(self) -> tuple[StrategyEntry, ...]:
        """Return all entries, disabled ones too."""
        return tuple(self._entries.values())

    def __getitem__(self, id: str) -> StrategyEntry:
        if id not in self._entries:
            raise StrategyError(f"there is no strategy with the id {id!r}; there are: {', '.join(self._entries)}")
        return self._entries[id]

    def __iter__(self) -> Iterator[StrategyEntry]:
        return (entry for entry in self._entries.values() if entry.enabled)

    def __len__(self) -> int:
        return len(self._entries)
