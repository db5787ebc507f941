"""Whole numbers from bytes, beside Python's own."""

from random import Random

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.borrow import borrow
from lockstep.kernels.feeds.wire import big16, big32, big48, big64, little16, little32, little64


@kernel
def read_all(data, p: int):
    view = borrow(data)
    return (
        big16(view, p), big32(view, p), big48(view, p), big64(view, p),
        little16(view, p), little32(view, p), little64(view, p),
    )  # fmt: skip


def test_numbers_are_what_python_reads_at_every_byte() -> None:
    raw = bytes(40) + Random(3).randbytes(400) + b"\xff" * 40
    data = np.frombuffer(raw, np.uint8)
    for p in range(len(raw) - 8):
        big = [int.from_bytes(raw[p : p + size], "big", signed=size == 8) for size in (2, 4, 6, 8)]
        little = [int.from_bytes(raw[p : p + size], "little", signed=size == 8) for size in (2, 4, 8)]
        assert list(read_all(data, p)) == big + little
