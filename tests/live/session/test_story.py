"""Why an order was filled at its price, or ended: told from the journal and the tape."""

import pytest
from tests.live.session.chaos import paper_session

from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.story import story_of
from lockstep.errors import JournalError
from lockstep.kernels.book.events import EventKind


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """A session of a maker and a taker."""
    folder = tmp_path_factory.mktemp("story") / "session"
    paper_session(folder)
    with Recording(folder) as opened:
        yield opened


def filled(recording, strategy):
    """Return the bodies of a strategy's fills."""
    return [row.content() for row in recording.rows(kinds=["fill"]) if row.strategy == strategy]


def test_a_maker_is_filled_by_the_event_of_the_market_at_that_moment(recording):
    fill = filled(recording, "maker")[0]
    steps = story_of(recording, "maker", fill["order"])
    assert steps[0].what.startswith(f"sent: {fill['side']} {fill['quantity']:g} at {fill['price']:g} limit")
    (record,) = recording.tape[recording.tape["received_ns"] == fill["time_ns"]]
    (told,) = [step for step in steps if step.what.startswith("traded:")]
    assert told.time_ns == fill["time_ns"]
    assert "as maker, 0 ahead of it" in told.what
    kind = EventKind(int(record["kind"])).name.lower()
    assert f"{int(record['lots'])} lots on the" in told.what
    assert ("a trade of others" if kind in ("trade", "execute", "hidden") else f"({kind})") in told.what


def test_a_taker_meets_the_book_as_it_stood(recording):
    fill = next(fill for fill in filled(recording, "taker") if not fill["maker"])
    told = [step.what for step in story_of(recording, "taker", fill["order"]) if step.what.startswith("traded:")]
    assert told[0].endswith("it met the book as it stood")


def test_every_order_that_ended_has_a_story_that_ends(recording):
    ended = list(recording.rows(kinds=["order"]))[:20]
    for row in ended:
        content = row.content()
        last = story_of(recording, row.strategy, content["order"])[-1]
        assert last.what.startswith(content["state"])
        assert last.time_ns == content["ended_ns"]


def test_an_order_that_is_not_there_is_refused_with_the_strategies(recording):
    with pytest.raises(JournalError, match="its strategies are maker, taker"):
        story_of(recording, "nobody", 1)
