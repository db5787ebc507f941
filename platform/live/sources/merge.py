"""Several streams of events as one, in order of their moments."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

Records = npt.NDArray[np.void]


def merged(streams: Sequence[Iterator[Records]]) -> Iterator[Records]:
    """Merge streams of TAPE[n], each ascending by ``received_ns``; at one moment those of an earlier stream come first.

    Of each stream as much is in memory as it gives at once. What is given may be used again by its stream afterwards.
    """
    if len(streams) == 1:
        yield from streams[0]
        return
    waiting = {number: block for number, stream in enumerate(streams) if (block := _next(stream)) is not None}
    while waiting:
        # Until the first that ends: behind it that stream may have something earlier than the others do.
        ends, until = min(((number, int(block["received_ns"][-1])) for number, block in waiting.items()), key=_by_end)
        ready = []
        for number, block in list(waiting.items()):
            count = int(np.searchsorted(block["received_ns"], until, side="right" if number <= ends else "left"))
            ready.append(block[:count].copy())
            waiting[number] = block[count:]
            if count == len(block):
                following = _next(streams[number])
                if following is None:
                    del waiting[number]
                else:
                    waiting[number] = following
        together = np.concatenate(ready)
        yield together[np.argsort(together["received_ns"], kind="stable")]


def _by_end(stream: tuple[int, int]) -> tuple[int, int]:
    number, end_ns = stream
    return end_ns, number


def _next(stream: Iterator[Records]) -> Records | None:
    return next((block for block in stream if len(block)), None)
