"""`lockstep journal`: what a session has recorded is verified, shown, exported, copied and shortened."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest
from tests.command_line import Run, lockstep
from tests.live.storage.sessions import T0, write

from lockstep.data.recordings.files import ARCHIVE, JOURNAL
from lockstep.live.storage.storage import Storage


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(tmp_path / "store", monkeypatch, capsys)


@pytest.fixture
def session(tmp_path: Path) -> Path:
    write(tmp_path / "s", 60)
    return tmp_path / "s"


def change(session: Path, statement: str) -> None:
    with closing(sqlite3.connect(session / JOURNAL)) as base:
        base.execute(statement)
        base.commit()


def test_verify_tells_how_far_all_is_well_and_the_head_to_keep(run: Run, session: Path) -> None:
    code, out, _ = run("journal", "verify", session)
    assert code == 0
    first, second = out.splitlines()
    assert first == "rows 1 to 60, 180 records of the tape: all as it was written"
    assert second.startswith("head 60:")
    told = json.loads(run("journal", "verify", session, "--json")[1])
    assert (told["from"], told["rows"], told["records"], told["flaws"]) == (1, 60, 180, [])
    assert second == f"head {told['head']}"


def test_verify_names_the_first_flaw_and_ends_with_one(run: Run, session: Path) -> None:
    change(session, "UPDATE journal SET body = x'7b7d' WHERE seq = 7")
    code, out, _ = run("journal", "verify", session)
    assert code == 1
    assert out.splitlines()[0] == "row 7: row 7 (fill) or what is before it is not what was written"
    assert out.splitlines()[1].endswith(": 1 flaw")
    code, out, _ = run("journal", "verify", session, "--json")
    assert code == 1
    assert [flaw["seq"] for flaw in json.loads(out)["flaws"]] == [7]
    assert lockstep(session.parent / "store", "journal", "verify", str(session)).returncode == 1


def test_of_many_flaws_the_first_are_told(run: Run, session: Path) -> None:
    change(session, "UPDATE journal SET hash = zeroblob(32)")
    code, out, _ = run("journal", "verify", session)
    assert code == 1
    assert out.splitlines()[0].startswith("row 1: ")
    more = next(line for line in out.splitlines() if line.startswith("... and "))
    found = json.loads(run("journal", "verify", session, "--json")[1])["flaws"]
    assert more == f"... and {len(found) - 20} more: --json tells all"


def test_a_journal_that_can_not_even_be_opened_has_a_flaw(run: Run, session: Path) -> None:
    (session / JOURNAL).write_bytes(b"nothing of a journal" * 1000)
    code, out, _ = run("journal", "verify", session)
    assert code == 1
    assert "can't be read as a journal" in out


def test_a_head_that_was_kept_elsewhere_finds_what_the_one_in_the_folder_can_not(run: Run, session: Path) -> None:
    shorter = session.parent / "shorter"
    assert run("journal", "backup", session, shorter)[0] == 0
    write(session, 4)
    kept = session.parent / "kept.txt"
    kept.write_text(run("journal", "verify", session)[1].splitlines()[1] + "\n")
    assert run("journal", "verify", shorter)[0] == 0
    for head in (kept.read_text().removeprefix("head ").strip(), kept):
        code, out, _ = run("journal", "verify", shorter, "--head", head)
        assert code == 1
        assert out.startswith("row 61: the journal ends at row 60, but row 64 was written: its tail was cut")
        assert run("journal", "verify", session, "--head", head)[0] == 0
    code, _, err = run("journal", "verify", session, "--head", session / "none")
    assert code == 2
    assert "neither a head nor a file with one" in err


def test_show_chooses_rows(run: Run, session: Path) -> None:
    def seqs(*options: str) -> list[int]:
        code, out, _ = run("journal", "show", session, "--json", *options)
        assert code == 0
        return [row["seq"] for row in json.loads(out)]

    assert seqs() == list(range(11, 61))
    assert seqs("--from", "3", "--to", "5") == [3, 4, 5]
    assert seqs("--to", "52") == list(range(3, 53))
    assert seqs("--kind", "fill", "--to", "8") == [1, 4, 7]
    assert seqs("--kind", "fill", "--kind", "order", "--from", "55") == [55, 57, 58, 60]
    assert seqs("--since", str(T0 + 58)) == [58, 59, 60]
    assert seqs("--until", "2023-11-14T22:13:20") == []
    code, out, _ = run("journal", "show", session, "--from", "60")
    assert code == 0
    assert "2023-11-14 22:13:20.000000060" in out  # 1,700,000,000 s after 1970
    assert '{"note":"xxxx","order":"S1-000060"}' in out
    assert "no such rows" in run("journal", "show", session, "--from", "61")[1]
    code, _, err = run("journal", "show", session, "--since", "yesterday")
    assert code == 2
    assert "'yesterday' is no time" in err


@pytest.mark.parametrize("columns", [60, 150])
def test_a_row_is_a_line_where_there_is_room_for_it(
    run: Run, session: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    _, out, _ = run("journal", "show", session, "--from", "60")
    first, *rest = [line for line in out.splitlines() if "2023-11-14" in line or "S1-000060" in line]
    body = '{"note":"xxxx","order":"S1-000060"}'
    assert (body in first) == (columns == 150)
    assert [line.strip() for line in rest] == ([] if columns == 150 else [body])


def test_show_tells_the_state_as_of_a_row(run: Run, tmp_path: Path) -> None:
    storage = Storage(tmp_path / "s")
    storage.describe({"lanes": [{"name": "S1", "cash": 1000.0}]})
    order = {"order": 1, "action": "submit", "side": "buy", "quantity": 3, "price": 10.0}
    for kind, body in (("intent", order), ("fill", order)):
        storage.journal.put(kind, body, time_ns=T0, strategy="S1", symbol="AAPL")
    storage.close()
    told = json.loads(run("journal", "show", tmp_path / "s", "--state", "2", "--json")[1])
    assert told["seq"] == 2
    assert told["positions"] == [{"strategy": "S1", "symbol": "AAPL", "quantity": 3.0}]
    assert told["cash"] == {"S1": 970.0}
    assert told["orders"][0]["filled"] == 3.0
    out = run("journal", "show", tmp_path / "s", "--state", "2")[1]
    assert "S1 holds 3 AAPL" in out
    assert "S1 has 970.00 in cash" in out
    assert "S1 has order 1 in AAPL open" in out
    code, _, err = run("journal", "show", tmp_path / "s", "--state", "9")
    assert code == 2
    assert "has no row 9" in err


def test_export_writes_parquet(run: Run, session: Path, tmp_path: Path) -> None:
    code, out, _ = run("journal", "export", session, "--out", tmp_path / "out")
    assert code == 0
    assert out.splitlines()[0].endswith("journal.parquet: 60 rows")
    assert pl.read_parquet(tmp_path / "out" / "journal.parquet").height == 60
    assert pl.read_parquet(tmp_path / "out" / "tape.parquet").height == 180
    told = json.loads(run("journal", "export", session, "--out", tmp_path / "out", "--json")[1])
    assert (told["row_count"], told["record_count"]) == (60, 180)


def test_backup_and_restore(run: Run, session: Path, tmp_path: Path) -> None:
    code, out, _ = run("journal", "backup", session, tmp_path / "copy")
    assert code == 0
    assert out.startswith(f"{tmp_path / 'copy'}: rows 1 to 60, 180 records of the tape, verified\nhead 60:")
    told = json.loads(run("journal", "restore", tmp_path / "copy", tmp_path / "again", "--json")[1])
    assert (told["rows"], told["records"]) == (60, 180)
    assert run("journal", "verify", tmp_path / "again")[0] == 0
    code, _, err = run("journal", "restore", tmp_path / "copy", tmp_path / "again")
    assert code == 2
    assert "is there already" in err


def test_compact_moves_old_rows(run: Run, session: Path) -> None:
    code, out, _ = run("journal", "compact", session, "--keep", "20")
    assert code == 0
    assert out == f"moved to {session / ARCHIVE / '000000000001-000000000040.db'}\n"
    assert run("journal", "compact", session)[1] == "nothing to move\n"
    assert run("journal", "verify", session)[0] == 0
    (session / ARCHIVE / "000000000001-000000000040.db").unlink()
    code, out, _ = run("journal", "verify", session)
    assert code == 1
    assert out.startswith("row 1: rows 1 to 40 were archived and are not here")
    code, out, _ = run("journal", "verify", session, "--archived-elsewhere")
    assert code == 0
    assert out.startswith("rows 41 to 60, ")


def test_a_folder_without_a_session_is_an_error(run: Run, tmp_path: Path) -> None:
    for command in (("verify",), ("show",), ("export",), ("compact",)):
        code, out, err = run("journal", *command, tmp_path / "none")
        assert (code, out) == (2, "")
        assert err.startswith("error: a journal was expected at")
