"""Text files in stretches: every line once, each with its number."""

import gzip
from pathlib import Path

import pytest

from lockstep.data.ticks.findings import Findings, Trouble
from lockstep.data.ticks.text_file import TextFile
from lockstep.errors import BadFileError

TEXT = "".join(f"{at},{at * at},x{at}\n" for at in range(1, 200))


def lines(path: Path, stretch: int, findings: Findings | None = None) -> list[tuple[str, ...]]:
    found = []
    for part in TextFile(path, findings or Findings(), stretch).stretches(("a", "b", "c")):
        for row, values in enumerate(part.frame.rows()):
            assert part.place()(row) == f"{path.name}, line {values[0]}"
            found.append(values)
    return found


@pytest.mark.parametrize("stretch", [16, 100, 1 << 20])
@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize("packed", [False, True])
def test_every_line_comes_once_with_its_number(tmp_path: Path, stretch: int, end: str, packed: bool) -> None:
    path = tmp_path / "rows.csv"
    content = (TEXT.rstrip("\n") + end).encode()
    path.write_bytes(gzip.compress(content) if packed else content)
    assert lines(path, stretch) == [(str(at), str(at * at), f"x{at}") for at in range(1, 200)]


def test_short_long_and_blank_lines_keep_the_count(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("1,2\n2,3,4,5\n\n4,5,6\n")
    (part,) = TextFile(path, Findings()).stretches(("a", "b", "c"))
    assert part.frame.rows() == [("1", "2", None), ("2", "3", "4"), (None, None, None), ("4", "5", "6")]


def test_a_header_is_taken_off(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes("\ufeffa;b;c\r\n1;2;3\r\n".encode())
    file = TextFile(path, Findings())
    assert file.header() == "a;b;c"
    (part,) = file.stretches(("a", "b", "c"), ";")
    assert part.frame.rows() == [("1", "2", "3")]
    assert part.place()(0) == "rows.csv, line 2"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadFileError, match="is no text: expected comma-separated values"):
        TextFile(path, Findings()).header()


def test_a_line_feed_within_quotes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('1,"a\nb",3\n')
    with pytest.raises(BadFileError, match="no field may hold a line feed"):
        list(TextFile(path, Findings()).stretches(("a", "b", "c")))


def test_a_packed_file_that_ends_early_gives_what_there_is(tmp_path: Path) -> None:
    path, findings = tmp_path / "rows.csv.gz", Findings()
    path.write_bytes(gzip.compress("".join(f"{at},{at},{at}\n" for at in range(1, 30_000)).encode())[:-500])
    found = [row for part in TextFile(path, findings, 1 << 16).stretches(("a", "b", "c")) for row in part.frame.rows()]
    assert len(found) > 25_000
    assert found[:-1] == [(str(at), str(at), str(at)) for at in range(1, len(found))]
    assert findings.counts == {Trouble.TRUNCATED: 1}
