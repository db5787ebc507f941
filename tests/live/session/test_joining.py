"""Strategies that join a session at its edges: before its first event, in queues, under names, across what follows."""

import asyncio
import shutil
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from tests.live.session.test_adding import ADD, KEEPER, TAKER, asked, compiled, host_of, ran
from tests.live.session.test_commands import Fine, lane_of, rows_of

from lockstep.data.recordings.files import ARCHIVE
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.tape_layout import TAPE
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.errors import CommandError, SessionError
from lockstep.kernels.book.frame import Book
from lockstep.kernels.book.kinds import ASK, BID, EventKind
from lockstep.live.gateway.streams.rows import JournalRows, Lane
from lockstep.live.session.books import books_of
from lockstep.live.session.host import Host
from lockstep.live.session.new_terms import session_terms
from lockstep.live.session.request import SessionRequest
from lockstep.live.session.taking_over import inherited
from lockstep.live.storage.compaction import compact
from lockstep.opening import added_lanes
from lockstep.strategies.over_ticks.joining import may_begin
from lockstep.vector.parity.begin import begin_of
from lockstep.vector.parity.prove import prove

MINE = """
from lockstep.strategies.event import BaseStrategy


class Mine(BaseStrategy):
    async def on_quote(self, quote):
        self.seen = {}
"""


@pytest.fixture(scope="module")
def ticks():
    return synthetic_flow(5_000, "L2", seed=3)


@pytest.fixture(scope="module")
def joined(ticks, tmp_path_factory):
    """A session of one lane that another joins before the first snapshot that is kept, and a disabled one behind it."""
    folder = tmp_path_factory.mktemp("joined") / "s"
    ran(folder, ticks, [(1_400, ADD, TAKER), (3_900, ADD, KEEPER)], snapshots=3_000)
    return folder


def cut(joined, at):
    """A copy of the recording whose rows up to the first snapshot lie elsewhere, and that snapshot's row."""
    folder = shutil.copytree(joined, at / "s")
    taken = rows_of(folder, "snapshot")[0]
    with Recording(folder) as recording:
        behind = recording.end().seq - taken.content()["seq"]
    compact(folder, behind)
    (folder / ARCHIVE).rename(at / "elsewhere")
    return folder, taken


def test_a_proof_that_begins_with_a_snapshot_has_who_shares_an_account_as_the_session_did(joined, tmp_path):
    folder, taken = cut(joined, tmp_path)
    with Recording(folder) as recording:
        begin = begin_of(recording, None)
        assert begin.records == taken.content()["records"]
        assert len(begin.controls().accounts) == 1
    parity = prove(folder)
    assert parity.equal, parity.differences
    assert parity.states == 3  # one for each lane


def test_streams_know_who_joined_though_the_row_lies_elsewhere(joined, tmp_path):
    folder, _ = cut(joined, tmp_path)
    rows = JournalRows(folder)
    assert [rows.lane(name) for name in ("taker", "keeper", "nobody")] == [Lane(1, False), Lane(2, False), None]
    rows.close()


def test_who_takes_over_has_it_disabled_as_it_joined(joined):
    left = inherited(joined, "new")
    assert [(kind, content["strategy"]) for kind, content in left.commands] == [("disable_strategy", "keeper")]


class Late(Fine):
    """Its first event, which clears the book, was missed."""

    async def batches(self):
        first = 1
        async for batch in super().batches():
            yield batch[first:]
            first = 0


def test_before_the_first_event_it_joins_as_if_it_had_always_been_there(ticks, tmp_path):
    source = Late([ticks])
    host = Host(tmp_path / "s", session_terms("paper", source, (lane_of(ticks),), now_ns=1, id="one"), source)
    host.additions.make = partial(asked, ticks)
    compiled(host, TAKER)
    host.command(ADD, TAKER)
    asyncio.run(host.run())
    assert list(host.core.lanes) == ["maker", "taker"]
    maker, taker = (lane.frame.book for lane in host.core.lanes.values())
    assert taker.digest == maker.digest
    assert prove(tmp_path / "s").equal


@pytest.mark.parametrize(
    ("kind", "side", "begins"),
    [
        (EventKind.CLEAR, -1, True),
        (EventKind.CLEAR, BID, False),  # who knows what is asked?
        (EventKind.QUOTE, ASK, True),
        (EventKind.SET, BID, False),
    ],
)
def test_where_nobody_knew_the_book_it_begins_with_what_needs_none_before_it(kind, side, begins):
    event = np.zeros(1, TAPE)
    event["kind"], event["side"] = kind, side
    assert may_begin(None, event) is begins


def test_orders_are_told_as_they_queue():
    book = Book(0, slots=8)
    for slot in (5, 2, 7):
        book.apply(EventKind.ADD, BID, 100, 1, slot=slot)
    lane = SimpleNamespace(instrument=SimpleNamespace(symbol="ACME"), frame=SimpleNamespace(book=book))
    told = books_of(SimpleNamespace(lanes={"one": lane}))  # type: ignore[arg-type]
    assert [order[0] for order in told["ACME"]["orders"]] == [5, 2, 7]


@pytest.mark.parametrize("name", ["a:b", "a/b"])
def test_an_id_can_be_asked_for_by_a_path(name, ticks):
    request = SessionRequest(symbols=(ticks.instrument.symbol,), source="made", strategies=())
    with pytest.raises(SessionError, match="neither colons nor slashes"):
        added_lanes(Fine([ticks]), request, (), {"strategy": "book_imbalance_taker", "id": name})


def test_classes_of_one_name_are_one_code_and_enabled_is_a_truth_value(ticks, tmp_path):
    mine = []
    for number in (1, 2):
        (tmp_path / f"{number}.py").write_text(MINE.format(number))
        mine.append({"strategy": f"{tmp_path / str(number)}.py:Mine", "id": f"mine{number}"})
    host = host_of(tmp_path / "s", ticks, [])
    said: list[int] = []

    def ask(core):
        if core.taken >= 1_000 and not said:
            for content in mine:
                compiled(host, content)
            said.append(host.command(ADD, mine[0]))
            with pytest.raises(CommandError, match="other code under the name strategy Mine"):
                host.command(ADD, mine[1])
            with pytest.raises(CommandError, match="enabled must be true or false, found 'no'"):
                host.prepare({**TAKER, "enabled": "no"})
            host.stop()

    host._seen = ask
    asyncio.run(host.run())
    assert said
    assert [lane.name for lane in host_of(tmp_path / "s", ticks, []).core.terms.lanes] == ["maker", "mine1"]
