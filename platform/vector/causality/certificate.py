"""What a test for look-ahead found: a value that prints, compares and can be kept."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from lockstep.data.disk import plain_target
from lockstep.data.rules import show_time
from lockstep.errors import VerifyError

Verdict = Literal["pass", "leak", "unstable"]
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the user's code at which numbers known before the cut first differed."""

    file: str
    number: int
    text: str
    name: str
    """The variable that differed, or what the line returned."""
    through: str
    """A number of the whole history that the line used, with its own line; empty where there is none."""

    def __str__(self) -> str:
        through = f" ({self.through})" if self.through else ""
        return f"{Path(self.file).name}:{self.number}: {self.text}{through}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One output that depends on what was not known yet."""

    output: str
    symbol: str
    known_at_ns: int
    """Close of the first bar whose output changed."""
    cut_ns: int
    """Close of the last bar that was left as it was."""
    how: str
    """Which false future showed it: a poison, or ``cut off``."""
    value: float
    other: float
    inputs: tuple[str, ...]
    """Input columns through which the future came, each sufficient alone; ``time`` and ``rows`` among them."""
    input_symbols: tuple[str, ...]
    """Symbols through which it came, where there are several."""
    reach: int
    """How many bars ahead of the first bar the output looked, at least."""
    hint: str
    line: Line | None

    def sentence(self) -> str:
        """Return the finding in one sentence."""
        who = f" of {self.symbol}" if self.symbol else ""
        where = f", in {self.line}" if self.line else ""
        ahead = f"{self.reach} bar{'s' * (self.reach != 1)} later"
        hint = f"; {self.hint}" if self.hint else ""
        return (
            f"{self.output}{who} at the bar closing {show_time(self.known_at_ns)} depends on {self.reads()} up to "
            f"{ahead} ({self.value:.6g} became {self.other:.6g} when what followed {show_time(self.cut_ns)} was "
            f"{self.how}){hint}{where}"
        )

    def reads(self) -> str:
        """Return through which inputs the future came, in words."""
        words = {"time": "the times of bars", "rows": "how many bars follow"}
        said = ", ".join(words.get(name, name) for name in self.inputs) or "several inputs at once"
        others = [name for name in self.input_symbols if name != self.symbol]
        return f"{said} of {', '.join(self.input_symbols)}" if others else said


@dataclass(frozen=True, slots=True)
class WarmUp:
    """How many bars runs that start later need until they agree with the run from the first bar."""

    declared: int | None
    starts: int
    settled: int
    """Starts after which the runs came to agree within the data."""
    exact: int | None
    """Most bars until outputs were equal to the bit; None where some start never settled so."""
    close: int | None
    """Most bars until they were equal within 1e-9."""
    usual: int | None
    """Bars within which half of the starts agreed."""

    def sentence(self) -> str:
        """Return it in one sentence."""
        if not self.starts:
            return "the warm-up was not measured: the history is too short"
        if self.close is None:
            said = f"{self.starts - self.settled} of {self.starts} later starts never came to the same outputs"
            return f"{said}: what is held depends on the first bar{self._against(self.usual)}"
        exact = "to the bit" if self.exact == self.close else "within 1e-9"
        if self.exact is not None and self.exact != self.close:
            exact += f" (to the bit after {self.exact})"
        bars = f"{self.close} bar{'s' * (self.close != 1)}"
        return f"later starts agree {exact} after {bars}, half of them after {self.usual}{self._against(self.close)}"

    def _against(self, measured: int | None) -> str:
        if self.declared is None or measured is None:
            return ""
        if self.short:
            return f"; the declared warm-up, {self.declared}, is shorter"
        return f"; declared are {self.declared}"

    @property
    def short(self) -> bool:
        """Is the declared warm-up shorter than what was measured?"""
        return self.declared is not None and self.starts > 0 and (self.close is None or self.declared < self.close)


@dataclass(frozen=True, slots=True)
class Certificate:
    """The verdict on one strategy or function over one history."""

    subject: str
    verdict: Verdict
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    warm_up: WarmUp | None
    parameters: Mapping[str, Any]
    identity: str
    """SHA-256 of the code: a strategy's step with all it calls, or the file of a function."""
    dataset: str
    source: str
    interval: str
    symbols: tuple[str, ...]
    data_hash: str
    span_ns: tuple[int, int]
    rows: int
    seed: int
    cuts: tuple[tuple[int, int, str], ...]
    """Row, close time (ns UTC) and reason of each cut."""
    poisons: tuple[str, ...]
    runs: int
    failed: int
    """Runs in which the user's code raised; nothing was learnt from them."""
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Was no look-ahead found, by code that gives the same results each time?"""
        return self.verdict == "pass"

    def __str__(self) -> str:
        said = {"pass": "PASS", "leak": "LOOK-AHEAD", "unstable": "NOT REPRODUCIBLE"}[self.verdict]
        lines = [f"{said}: {self.subject}, {len(self.cuts)} cuts, {self.runs} runs over {self.rows} rows"]
        lines += [f"  {finding.sentence()}" for finding in self.findings]
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines + ([f"  warm-up: {self.warm_up.sentence()}"] if self.warm_up else []))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; numbers that JSON has no word for become null."""
        made: dict[str, Any] = {"format": FORMAT, **_plain(asdict(self))}
        for entry, finding in zip(made["findings"], self.findings, strict=True):
            entry["sentence"] = finding.sentence()
        if self.warm_up:
            made["warm_up"] |= {"short": self.warm_up.short, "sentence": self.warm_up.sentence()}
        return made

    def save(self, path: str | Path) -> Path:
        """Write the certificate as JSON, whole or not at all.

        Raises ``VerifyError`` when it can't be written.
        """
        try:
            target = plain_target(Path(path).expanduser())
            fresh = target.with_name(f".{target.name}.{os.getpid()}.new")
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                fresh.write_text(json.dumps(self.to_dict(), indent=1) + "\n")
                os.replace(fresh, target)
            finally:
                fresh.unlink(missing_ok=True)
        except OSError as error:
            raise VerifyError(f"the certificate can't be written to {path}: {error.strerror}") from error
        return target


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
