"""The line at which the future came in: a function is run twice, and what its variables hold is compared line by line.

Each line that has been run leaves behind what its variables hold for bars known before the cut. The first line after
which the two runs differ is where the future became part of the past.
"""

import linecache
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple

import numpy as np

from lockstep.vector.causality.certificate import Line
from lockstep.vector.causality.market import Market
from lockstep.vector.causality.outputs import SAME, Rows, same

MOST_LINES = 60_000
"""Lines after which a run is followed no further: a loop over a long history."""
WHOLE_LINES = 3_000
"""Lines after which of each array only some elements are kept."""
WATCHED = 64


class Seen(NamedTuple):
    """What a line left behind."""

    code: CodeType
    number: int
    aligned: Mapping[str, Any]
    """Variable -> float64 values at rows known before the cut."""
    single: Mapping[str, Any]
    """Variable -> a number, or an array beside no calendar."""


class _Rows:
    """Which elements of an array belong to bars known before the cut, by the array's length."""

    def __init__(self, market: Market, until_ns: int) -> None:
        rows = Rows.of(market)
        self.masks = {len(rows.merged): rows.merged <= until_ns, len(rows.long_known): rows.long_known <= until_ns}
        for there in market.present:
            known = market.close_time[there] <= until_ns
            self.masks.setdefault(len(known), known)
        self.masks.pop(0, None)

    def known(self, length: int, sparse: bool) -> Any:
        """Return the elements to keep, None for an array that stands beside no calendar."""
        mask = self.masks.get(length)
        if mask is None:
            return None
        known = np.flatnonzero(mask)
        if sparse and len(known) > WATCHED:
            # The rows next to the cut, where most leaks show, and some others.
            return np.unique(np.concatenate([known[-WATCHED // 2 :], known[:: len(known) * 2 // WATCHED]]))
        return known


class Recorder:
    """Follows the lines of a user's own files while a function runs."""

    def __init__(self, files: set[str], rows: _Rows) -> None:
        self.seen: list[Seen] = []
        self._files, self._rows = files, rows

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:  # noqa: ARG002 - as it is called
        """Take the interpreter's events: it calls this for every function that begins."""
        if frame.f_code.co_filename not in self._files or len(self.seen) >= MOST_LINES:
            return None
        return self._follow(frame)

    def _follow(self, frame: FrameType) -> Callable[..., Any]:
        before = frame.f_lineno

        def local(frame: FrameType, event: str, argument: Any) -> Any:
            nonlocal before
            if event in ("line", "return"):
                named = {name: value for name, value in frame.f_locals.items() if name not in frame.f_code.co_freevars}
                if event == "return":
                    named["what is returned"] = argument
                self._keep(frame.f_code, before, named)
                before = frame.f_lineno
            return local if len(self.seen) < MOST_LINES else None

        return local

    def _keep(self, code: CodeType, number: int, named: Mapping[str, Any]) -> None:
        aligned, single = {}, {}
        sparse = len(self.seen) > WHOLE_LINES
        for name, value in named.items():
            for label, array in _arrays(name, value):
                if array.ndim == 0:
                    single[label] = array
                    continue
                keep = self._rows.known(len(array), sparse)
                if keep is None:
                    if array.size <= 4096:
                        single[label] = array.copy()
                else:
                    aligned[label] = array[keep]
        self.seen.append(Seen(code, number, aligned, single))


def _arrays(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield a variable's numbers: an array, each column of a frame, a list, or one number."""
    kind = type(value).__module__.partition(".")[0]
    if isinstance(value, bool | int | float | np.generic):
        yield from _numeric(name, np.asarray(value))
    elif isinstance(value, np.ndarray):
        yield from _numeric(name, value)
    elif kind in ("pandas", "polars") and hasattr(value, "columns"):
        for column in value.columns:
            part = value[column]
            if hasattr(part, "to_numpy") and getattr(part, "ndim", 1) == 1:
                yield from _numeric(f"{name}[{column!r}]", part.to_numpy())
    elif kind in ("pandas", "polars") and hasattr(value, "to_numpy"):
        yield from _numeric(name, value.to_numpy())
    elif isinstance(value, list) and len(value) > 1 and isinstance(value[0], float | int):
        try:
            yield from _numeric(name, np.asarray(value, np.float64))
        except (TypeError, ValueError):
            return
    elif isinstance(value, Mapping):
        for key, part in list(value.items())[:64]:
            if isinstance(part, np.ndarray | Mapping) or hasattr(part, "to_numpy"):
                yield from _arrays(f"{name}[{key!r}]", part)
    elif hasattr(value, "values") and hasattr(value, "kind"):  # Targets
        yield from _arrays(name, value.values)


def _numeric(name: str, array: Any) -> Iterator[tuple[str, Any]]:
    if array.dtype.kind in "fiub":
        yield name, array.astype(np.float64)


def record(
    functions: tuple[Callable[..., Any], ...], market: Market, until_ns: int, run: Callable[[Market], Any]
) -> list[Seen]:
    """Run a subject and return what each line of its functions' files left behind."""
    recorder = Recorder(files_of(functions), _Rows(market, until_ns))
    before = sys.gettrace()
    sys.settrace(recorder)
    try:
        run(market)
    finally:
        sys.settrace(before)
    return recorder.seen


def files_of(functions: tuple[Callable[..., Any], ...]) -> set[str]:
    """Return the files in which the user's functions stand, with helpers from the same folders."""
    codes = [getattr(getattr(f, "py_func", f), "__code__", None) for f in functions]
    files = {code.co_filename for code in codes if code is not None}
    folders = {Path(file).parent for file in files if Path(file).is_file()}
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        name = getattr(module, "__name__", "")
        if file and Path(file).parent in folders and name.partition(".")[0] != "lockstep":
            files.add(file)
    return files


def first_line(
    real: list[Seen], false: list[Seen], tolerance: float = SAME, *, everything: bool = False
) -> Line | None:
    """Return the first line after which something known before the cut differs between two runs.

    A single number, such as a mean, may depend on the future as long as nothing is made of it, so it is named only
    where no row differs; with ``everything``, where only known bars were run, it counts as well.
    """
    moved: dict[tuple[CodeType, str], int] = {}
    first = None
    for mine, theirs in zip(real, false, strict=False):
        if (mine.code, mine.number) != (theirs.code, theirs.number):
            # The two went different ways: what decided it was computed from the future before.
            return _line(mine, "the way taken", moved)
        for name, values in mine.aligned.items():
            other = theirs.aligned.get(name)
            if other is not None and not _agree(values, other, tolerance):
                return _line(mine, name, moved)
        for name, value in mine.single.items():
            other = theirs.single.get(name)
            if other is not None and (mine.code, name) not in moved and not _agree(value, other, tolerance):
                moved[mine.code, name] = mine.number
                first = first or _line(mine, name, {})
                if everything:
                    return first
    return first


def last_line(seen: list[Seen], functions: tuple[Callable[..., Any], ...]) -> Line | None:
    """Return the line on which a function returned, for where only the time is wrong from which it counts as known."""
    codes = {getattr(function, "__code__", None) for function in functions}
    ends = [line for line in seen if line.code in codes]
    return _line(ends[-1], "what is returned", {}) if ends else None


def _agree(a: Any, b: Any, tolerance: float) -> bool:
    if a.shape != b.shape:
        return False
    return bool(np.array_equal(a, b, equal_nan=True) or same(a.ravel(), b.ravel(), tolerance).all())


def _line(seen: Seen, name: str, moved: Mapping[tuple[CodeType, str], int]) -> Line:
    text = linecache.getline(seen.code.co_filename, seen.number).strip()
    used = [
        f"{variable}, from line {number}, holds the future"
        for (code, variable), number in moved.items()
        if code is seen.code and number != seen.number and variable.partition("[")[0] in _words(text)
    ]
    return Line(seen.code.co_filename, seen.number, text, name, used[0] if used else "")


def _words(text: str) -> set[str]:
    return set("".join(letter if letter.isalnum() or letter == "_" else " " for letter in text).split())
