"""Below the first mark a session is to warn, below the second new orders stop, and go on when there is room again."""

from pathlib import Path

from lockstep.live.storage.watermark import Room, Watermark, free_bytes

MB = 1_000_000


def test_there_is_little_then_none_and_enough_well_above_each_mark(tmp_path: Path) -> None:
    free = [200 * MB]
    mark = Watermark(tmp_path, 100 * MB, free=lambda folder: free[0])
    assert (mark.room, mark.told()) == (Room.ENOUGH, "")
    found = []
    for megabytes in (199, 100, 99, 100, 124, 125, 200, 249, 250, 99, 250):
        free[0] = megabytes * MB
        found.append((mark.look(), mark.room.name))
    assert found == [
        (True, "LITTLE"), (False, "LITTLE"), (True, "NONE"), (False, "NONE"), (False, "NONE"), (True, "LITTLE"),
        (False, "LITTLE"), (False, "LITTLE"), (True, "ENOUGH"), (True, "NONE"), (True, "ENOUGH"),
    ]  # fmt: skip
    free[0] = 99 * MB
    mark.look()
    assert "has 99 MB left and the mark is 100 MB" in mark.told()


def test_a_disk_that_can_not_be_asked_stops_orders(tmp_path: Path) -> None:
    mark = Watermark(tmp_path / "missing", 1)
    assert mark.room == Room.NONE
    assert "doesn't tell its room" in mark.told()
    (tmp_path / "missing").mkdir()
    assert mark.look()
    assert mark.told() == ""


def test_it_is_low_from_the_start_where_there_is_too_little_room(tmp_path: Path) -> None:
    assert 0 < free_bytes(tmp_path) < 1 << 62
    assert Watermark(tmp_path, 1 << 62).room == Room.NONE
