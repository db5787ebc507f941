"""A ring can be read without the compiler, and its numbers lie where processors store them in one piece."""

import subprocess
import sys

from lockstep.data.recordings.tape_layout import TAPE
from lockstep.live.ring import layout


def test_numbers_and_records_lie_where_one_store_writes_them():
    assert layout.HEAD >= 8 * (layout.ENDED_AT + 1)
    assert layout.offset_of_records(b"x" * 5000) == 8192
    assert layout.offset_of_records(b"") == 4096
    assert layout.size_of(4, 4096) == 4096 + 4 * TAPE.itemsize


def test_the_reading_end_loads_no_compiler():
    code = "import sys, lockstep.live.ring.reader; print('numba' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
