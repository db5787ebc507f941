from pathlib import Path

from lockstep.live.gateway.monitoring.equity_file import FILE, add_point, read_points, replace_points

POINTS = [(10, 100.0, 1.5), (20, 99.5, None)]


def test_points_come_back_as_they_were_kept(tmp_path: Path) -> None:
    assert read_points(tmp_path) == []
    for point in POINTS:
        add_point(tmp_path, point)
    assert read_points(tmp_path) == POINTS
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_a_point_that_a_crash_cut_off_is_written_over(tmp_path: Path) -> None:
    add_point(tmp_path, POINTS[0])
    with (tmp_path / FILE).open("ab") as file:
        file.write(b"\1" * 13)
    assert read_points(tmp_path) == POINTS[:1]
    add_point(tmp_path, POINTS[1])
    assert read_points(tmp_path) == POINTS


def test_a_thinned_curve_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    for point in POINTS:
        add_point(tmp_path, point)
    replace_points(tmp_path, POINTS[1:])
    assert read_points(tmp_path) == POINTS[1:]
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
