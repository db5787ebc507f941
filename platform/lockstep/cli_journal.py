"""The commands for what a session has recorded: `lockstep journal`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lockstep.cli_common import HELP, JsonOption
from lockstep.errors import JournalError

if TYPE_CHECKING:
    from lockstep.data.recordings.journal_rows import Head, Row
    from lockstep.data.recordings.recording import Recording

journal = typer.Typer(
    help="Verify, read, export, copy and shorten what a session has recorded.", no_args_is_help=True,
    rich_markup_mode=HELP,
)  # fmt: skip
SHOWN = 20
"""Flaws that are told to people: behind the first, most are what followed from it."""
FolderArgument = Annotated[Path, typer.Argument(help="Folder of the session.")]


@journal.command("verify")
def verify_command(
    folder: FolderArgument,
    head: Annotated[
        str | None, typer.Option(help="A head that was kept elsewhere: as this command prints it, or a file with it.")
    ] = None,
    archived_elsewhere: Annotated[
        bool, typer.Option("--archived-elsewhere", help="Archived rows were moved away: check from there on.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Check every row and every record of the tape against the chain of hashes; exit code 1 where one is not right."""
    from lockstep.data.recordings.files import JOURNAL
    from lockstep.data.recordings.journal_rows import START, Flaw
    from lockstep.data.recordings.recording import Recording
    from lockstep.data.recordings.verify import verify

    known = _head(head) if head else None
    start = end = START
    try:
        with Recording(folder) as recording:
            flaws = verify(recording, known, archived_elsewhere=archived_elsewhere)
            start, end = recording.start, recording.end()
    except JournalError as error:
        if not (folder / JOURNAL).is_file():
            raise
        flaws = [Flaw(1, str(error))]  # so damaged that there are no rows to be named
    if as_json:
        told = {"from": start.seq + 1, "rows": end.seq, "records": end.records, "head": end.text()}
        print(json.dumps({**told, "flaws": [flaw._asdict() for flaw in flaws]}))
    else:
        for flaw in flaws[:SHOWN]:
            print(f"row {flaw.seq}: {flaw.what}")
        if len(flaws) > SHOWN:
            print(f"... and {len(flaws) - SHOWN} more: --json tells all")
        said = f"{len(flaws)} flaw{'s' * (len(flaws) > 1)}" if flaws else "all as it was written"
        print(f"rows {start.seq + 1} to {end.seq}, {end.records} records of the tape: {said}\nhead {end.text()}")
    if flaws:
        raise typer.Exit(1)


@journal.command("show")
def show_command(
    folder: FolderArgument,
    first: Annotated[int | None, typer.Option("--from", help="First row. [the last 50]")] = None,
    last: Annotated[int | None, typer.Option("--to", help="Last row. [the latest]")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Rows of this kind; may be repeated. [all]")] = None,
    since: Annotated[str | None, typer.Option(help="Rows from this time on, e.g. 2026-11-23T09:30, UTC.")] = None,
    until: Annotated[str | None, typer.Option(help="Rows before this time.")] = None,
    state: Annotated[
        int | None, typer.Option(help="Instead of rows: open orders, positions and cash as of this row.")
    ] = None,
    at: Annotated[
        int | None,
        typer.Option(help="Instead of rows: all of the session as it stood at this row, run again."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show rows, or what they tell of orders, positions and cash as of one of them, or all of the session there."""
    from lockstep.data.recordings.recording import Recording
    from lockstep.terminal_journal import show_rows

    with Recording(folder) as recording:
        if at is not None:
            _show_at(recording, at, as_json)
            return
        if state is not None:
            _show_state(recording, recording.row(state).seq, as_json)
            return
        if first is None and since is None and not kind:
            first = (recording.end().seq if last is None else last) - 49
        start = max(first or 1, 1)
        rows = recording.rows(start, last, kinds=kind or (), since_ns=_time(since), until_ns=_time(until))
        if as_json:
            print(json.dumps([_told(row) for row in rows]))
        else:
            show_rows(rows)


@journal.command("order")
def order_command(
    folder: FolderArgument,
    strategy: Annotated[str, typer.Argument(help="As the journal names it.")],
    order: Annotated[int, typer.Argument(help="Its number.")],
    as_json: JsonOption = False,
) -> None:
    """Tell the story of an order: why it was sent, refused, filled at its price, or ended."""
    from lockstep.data.recordings.recording import Recording
    from lockstep.data.recordings.story import story_of
    from lockstep.terminal_journal import show_story

    with Recording(folder) as recording:
        story = story_of(recording, strategy, order)
    if as_json:
        print(json.dumps([step._asdict() for step in story]))
    else:
        show_story(story)


@journal.command("export")
def export_command(
    folder: FolderArgument,
    out: Annotated[Path, typer.Option(help="Folder for journal.parquet and tape.parquet.")] = Path("recording"),
    as_json: JsonOption = False,
) -> None:
    """Write rows and tape as Parquet files."""
    from lockstep.data.recordings.export import export
    from lockstep.data.recordings.recording import Recording

    with Recording(folder) as recording:
        done = export(recording, out)
    if as_json:
        print(json.dumps(done._asdict(), default=str))
    else:
        print(f"{done.rows}: {done.row_count} rows\n{done.tape}: {done.record_count} records")


@journal.command("backup")
def backup_command(
    folder: FolderArgument,
    target: Annotated[Path, typer.Argument(help="Folder of the copy, which must not be there.")],
    as_json: JsonOption = False,
) -> None:
    """Copy a session's folder, one that is running too, and verify the copy."""
    from lockstep.live.storage.backup import back_up

    _copied(back_up(folder, target), target, as_json)


@journal.command("restore")
def restore_command(
    backup: Annotated[Path, typer.Argument(help="Folder of the copy.")],
    folder: Annotated[Path, typer.Argument(help="Folder of the session, which must not be there.")],
    as_json: JsonOption = False,
) -> None:
    """Verify a copy and put it back as a session's folder."""
    from lockstep.live.storage.backup import restore

    _copied(restore(backup, folder), folder, as_json)


@journal.command("compact")
def compact_command(
    folder: FolderArgument,
    keep: Annotated[int, typer.Option(help="How many of the latest rows stay in the journal.")] = 100_000,
    tape: Annotated[
        bool, typer.Option("--tape", help="Move what lies before the snapshots out of the tape too.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Move older rows of a session that is not running into an archived file, which the chain still proves."""
    from lockstep.live.storage.compaction import compact
    from lockstep.live.storage.tape_retention import move_tape

    part = move_tape(folder) if tape else None
    moved = {"segment": compact(folder, keep), **({"tape": part} if tape else {})}
    if as_json:
        print(json.dumps({name: None if path is None else str(path) for name, path in moved.items()}))
    else:
        for path in moved.values():
            print("nothing to move" if path is None else f"moved to {path}")


def _head(text: str) -> "Head":
    from lockstep.data.recordings.journal_rows import head_of

    if ":" in text:
        return head_of(text)
    try:
        return head_of(Path(text).read_text().strip().removeprefix("head "))
    except (OSError, UnicodeDecodeError) as error:
        raise JournalError(f"{text} is neither a head nor a file with one") from error


def _time(text: str | None) -> int | None:
    if text is None:
        return None
    import polars as pl

    from lockstep.data.times import read_times

    found = read_times(pl.Series([text]))
    if len(found.bad) and found.bad[0]:
        raise JournalError(f"{text!r} is no time: expected one like 2026-11-23T09:30")
    return int(found.ns[0])


def _told(row: "Row") -> dict[str, Any]:
    return {**row._asdict(), "body": row.content(), "hash": row.hash.hex()}


def _show_state(recording: "Recording", seq: int, as_json: bool) -> None:
    from lockstep.data.recordings.state import state_of
    from lockstep.terminal_journal import show_state

    state = state_of(recording, seq)
    if as_json:
        held = [{"strategy": s, "symbol": n, "quantity": units} for (s, n), units in state.positions.items()]
        orders = [{"strategy": s, "symbol": n, **order} for (s, n, _), order in state.orders.items()]
        print(json.dumps({"seq": state.seq, "orders": orders, "positions": held, "cash": state.cash}))
    else:
        show_state(state)


def _show_at(recording: "Recording", seq: int, as_json: bool) -> None:
    from lockstep.live.session.travel import core_at, told_at
    from lockstep.terminal_journal import show_standing

    told = told_at(core_at(recording, seq))
    if as_json:
        print(json.dumps({"seq": seq, **told}))
    else:
        show_standing(seq, told)


def _copied(end: "Head", target: Path, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"folder": str(target), "rows": end.seq, "records": end.records, "head": end.text()}))
    else:
        print(f"{target}: rows 1 to {end.seq}, {end.records} records of the tape, verified\nhead {end.text()}")
