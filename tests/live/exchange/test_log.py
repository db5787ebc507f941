"""The log's file: appended to, read back, torn and full."""

from pathlib import Path

import pytest

from lockstep.errors import ExchangeError
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.log import Line, Log, LogFile, read_log


def written(path: Path, *lines: Line, sync: bool = False) -> None:
    file = LogFile(path, sync=sync)
    log = Log(file.write)
    for line in lines:
        log.add(line)
    log.flush()
    file.close()


STARTED = Line(time_ns=1, event="started", epoch=1)
TAKEN = Line(time_ns=2, event="received", connection=1, account="ann", message=m.Cancel(seq=3, client_id="a1"))


@pytest.mark.parametrize("sync", [False, True])
def test_lines_are_read_back_and_a_second_process_goes_on_behind_them(tmp_path: Path, sync: bool) -> None:
    path = tmp_path / "log"
    written(path, STARTED, TAKEN, sync=sync)
    written(path, STARTED)
    lines = list(read_log(path))
    assert lines[0] == lines[2] == STARTED
    assert lines[1].message == {"message": "cancel", "seq": 3, "client_id": "a1"}


@pytest.mark.parametrize("kept", [0, 1, 5, -2, -1])
def test_a_line_that_was_torn_by_the_end_of_its_process_is_left_out(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "log"
    written(path, STARTED, TAKEN)
    content = path.read_bytes()
    first, second = content.splitlines(keepends=True)
    path.write_bytes(first + second[: kept if kept >= 0 else len(second) + kept])
    assert list(read_log(path)) == [STARTED]
    written(path, STARTED)
    after = list(read_log(path))
    # All but the line feed was there: then a restart makes the line whole.
    assert [line.event for line in after] == (["started"] * 2 if kept != -1 else ["started", "received", "started"])


def test_a_line_that_was_damaged_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log"
    written(path, STARTED, TAKEN, TAKEN)
    content = path.read_bytes()
    path.write_bytes(content.replace(b'{"time_ns":2', b'{"time_ns":x', 1))
    with pytest.raises(ExchangeError, match="line 2"):
        list(read_log(path))


def test_a_full_disk_is_an_error() -> None:
    file = LogFile(Path("/dev/full"))
    with pytest.raises(ExchangeError, match="No space left"):
        file.write(b"x\n")
    file.close()


def test_without_a_file_nothing_is_kept() -> None:
    log = Log()
    log.add(TAKEN)
    log.flush()
