"""Below the mark new orders stop, and go on when there is room again."""

from pathlib import Path

from lockstep.live.storage.watermark import Watermark, free_bytes

MB = 1_000_000


def test_orders_stop_below_the_mark_and_go_on_well_above_it(tmp_path: Path) -> None:
    free = [100 * MB]
    mark = Watermark(tmp_path, 100 * MB, free=lambda folder: free[0])
    assert mark.refusal() == ""
    free[0] = 100 * MB - 1
    assert mark.look()
    assert "has 99 MB left and the mark is 100 MB: make room" in mark.refusal()
    for still in (100 * MB, 124 * MB):
        free[0] = still
        assert not mark.look()
        assert mark.refusal()
    free[0] = 125 * MB
    assert mark.look()
    assert mark.refusal() == ""
    assert not mark.look()


def test_a_disk_that_can_not_be_asked_stops_orders(tmp_path: Path) -> None:
    mark = Watermark(tmp_path / "missing", 1)
    assert "doesn't tell its room" in mark.refusal()
    (tmp_path / "missing").mkdir()
    assert mark.look()
    assert mark.refusal() == ""


def test_it_is_low_from_the_start_where_there_is_too_little_room(tmp_path: Path) -> None:
    assert 0 < free_bytes(tmp_path) < 1 << 62
    assert Watermark(tmp_path, 1 << 62).refusal()
