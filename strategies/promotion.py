"""A strategy that was chosen by a search, as one JSON document that backtests, paper and live trading accept.

It holds all that the choice rests on: code, parameters, data, settings, what the winner measured, what that is worth,
and whether it reads the future. A hash over the whole makes any later edit show; it is no signature, so a document is
worth as much as the place that it comes from. See docs/promotion.md.
"""

import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from lockstep.errors import PromotionError
from lockstep.strategies.reference import class_of

if TYPE_CHECKING:
    from lockstep.strategies.base import Strategy

FORMAT = 1

_TESTED = {"pass": "passed", "leak": "FAILED, it reads the future", "unstable": "FAILED, not the same each time"}


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """One set of parameters of one strategy, and why it was chosen. All values are plain ones that JSON can hold."""

    strategy_name: str
    title: str
    reference: str
    """Where the class is found: ``module:Class`` or ``path/to/file.py:Class``."""
    code: str
    """SHA-256 of the strategy's code (``code_version``)."""
    parameters: Mapping[str, Any]
    """Every parameter's value, those that were not searched too."""
    data: Mapping[str, Any]
    """dataset, source, symbols, interval, adjust, span (ns UTC), data_hash of the bars that the choice was made on."""
    settings: Mapping[str, Any]
    """What ``backtest`` was told besides: cash, risk_free, convention, execution, the order model. Never applied in
    silence: see docs/promotion.md."""
    needs: tuple[str, ...]
    """What the search was given that a document can't hold, such as columns; who runs it gives them again."""
    metrics: Mapping[str, Any]
    """The winner's, by name; None for what is not a number."""
    report: Mapping[str, Any] | None
    """``OverfittingReport.to_dict()``; None where the winner can't be judged."""
    certificate: Mapping[str, Any] | None
    """``Certificate.to_dict()``; None where there is none."""
    remarks: tuple[str, ...]
    """What is missing, or speaks against using this, in sentences."""
    created_from: Mapping[str, Any]
    """The search: its space, metric, trials, backend, and whether it was interrupted."""
    versions: Mapping[str, str]
    made_of: "type[Strategy] | None" = field(default=None, compare=False, repr=False)
    """The class itself, where this process has it; no part of the document."""

    def __post_init__(self) -> None:
        # Whoever handed in a dict keeps no hold on it, and equal values give equal documents.
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, Mapping | list | tuple):
                plain = json.loads(_written(value))
                object.__setattr__(self, one.name, tuple(plain) if isinstance(plain, list) else plain)

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of the canonical JSON of all the rest."""
        return _hash(self._body())

    @property
    def verdict(self) -> str | None:
        """The overfitting report's verdict: confident, ...; None without a report."""
        return None if self.report is None else str(self.report["verdict"])

    @property
    def certified(self) -> bool:
        """Did the strategy pass the test for look-ahead?"""
        return self.certificate is not None and self.certificate["verdict"] == "pass"

    def strategy(self, *, allow_changed: bool = False) -> "Strategy":
        """Return the strategy with its parameters.

        Raises ``PromotionError`` where its code is another than that which was chosen; ``allow_changed=True`` takes
        it nevertheless. Raises ``StrategyError`` where the class can't be found.
        """
        found = class_of(self.reference) if self.made_of is None else self.made_of
        if not allow_changed:
            self._check_code(found)
        return found(**self.parameters)

    def save(self, path: str | Path) -> Path:
        """Write the document, whole or not at all; an existing file is replaced. Raises ``PromotionError``."""
        from lockstep.data.disk import make_folder, plain_target, replace_file

        text = json.dumps(self.to_dict(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        try:
            target = plain_target(Path(path).expanduser())
            make_folder(target.absolute().parent)
            replace_file(target, text.encode())
        except OSError as error:
            raise PromotionError(
                f"the promotion can't be written to {path} ({error.strerror or error}): choose a file name in a "
                "folder you may write to, on a disk with room"
            ) from error
        return target

    @classmethod
    def load(cls, path: str | Path, *, strategy: "type[Strategy] | None" = None, allow_changed: bool = False) -> Self:
        """Read a document that ``save`` wrote, and find its strategy.

        ``strategy`` gives the class where the document can't say where it is: it was made in a script or notebook, or
        its file has moved. ``allow_changed`` takes a document whose code has changed or isn't there, for looking at.

        Raises ``PromotionError`` for what is no such document, for another format, a hash that doesn't fit, and code
        that has changed since; ``StrategyError`` where the class can't be found.
        """
        made = cls.from_dict(_read(path), str(path), strategy)
        if not allow_changed:
            made.strategy()
        return made

    @classmethod
    def from_dict(cls, document: Any, name: str = "the document", strategy: "type[Strategy] | None" = None) -> Self:
        """Return what ``to_dict`` wrote. Raises ``PromotionError`` as ``load``; the code is not looked at."""
        if not isinstance(document, dict) or "format" not in document or "hash" not in document:
            raise PromotionError(f"expected a promotion, written by Promotion.save, in {name}, found none")
        if document["format"] != FORMAT:
            raise PromotionError(
                f"{name} is in format {document['format']!r}, this version reads {FORMAT}: promote again"
            )
        body = {key: value for key, value in document.items() if key != "hash"}
        if _hash(body) != document["hash"]:
            raise PromotionError(
                f"{name} was changed after it was written: it says its hash is {str(document['hash'])[:16]}, found "
                f"{_hash(body)[:16]}; promote the search's best again, or take the file from where it was unharmed"
            )
        names = {one.name for one in fields(cls)} - {"made_of"}
        if body.keys() - {"format"} != names:
            odd = ", ".join(sorted((body.keys() - {"format"}) ^ names))
            raise PromotionError(f"{name} is no whole promotion: {odd} missing or unknown; promote again")
        return cls(**{key: body[key] for key in names}, made_of=strategy)

    def to_dict(self) -> dict[str, Any]:
        """Return the document, its hash last."""
        return {**self._body(), "hash": self.hash}

    def __str__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
        judged = self.report["sentences"][0] if self.report else "not judged"
        tested = _TESTED[self.certificate["verdict"]] if self.certificate else "not made"
        said = (judged, f"look-ahead test: {tested}", *self.remarks)
        return "\n  ".join((f"{self.title} ({values}) on {', '.join(self.data['symbols'])}, {self.hash[:16]}", *said))

    def __hash__(self) -> int:
        return hash(self.hash)

    def _body(self) -> dict[str, Any]:
        values = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "made_of"}
        return {"format": FORMAT, **{key: list(v) if isinstance(v, tuple) else v for key, v in values.items()}}

    def _check_code(self, found: "type[Strategy]") -> None:
        from lockstep.strategies.code_version import code_version

        now = code_version(found)
        if now == self.code:
            return
        then, here = self.versions.get("python", ""), _python()
        other = then.rpartition(".")[0] != here.rpartition(".")[0]
        why = f" (it was made under Python {then}, this is {here}: byte code differs between them)" if other else ""
        raise PromotionError(
            f"the code of {self.strategy_name} has changed since it was promoted: promoted is {self.code[:16]}, found "
            f"{now[:16]} in {self.reference}{why}; search and promote again, restore the code, or take it as it is "
            "now, promotion.strategy(allow_changed=True)"
        )


def plain_number(value: Any) -> Any:
    """Return a number as JSON can hold it: nan as None, infinities as texts."""
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return "inf" if value > 0 else "-inf"
    return value


def _python() -> str:
    return ".".join(map(str, sys.version_info[:3]))


def _written(value: Any) -> str:
    try:
        return json.dumps(value, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise PromotionError(f"a promotion holds plain values that JSON knows, found another: {error}") from error


def _hash(body: Mapping[str, Any]) -> str:
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _read(path: str | Path) -> Any:
    try:
        return json.loads(Path(path).expanduser().read_bytes())
    except OSError as error:
        raise PromotionError(f"can't read the promotion {path}: {error.strerror or error}") from error
    except ValueError as error:
        raise PromotionError(
            f"expected a promotion, written by Promotion.save, in {path}, found none: {error}"
        ) from error
