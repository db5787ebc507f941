"""Stored splits and dividends of replayed symbols take effect on their days, once, however often a session is cut."""

import asyncio
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.data.ticks.helpers import Made
from tests.live.session.played import contents, lane
from tests.live.session.test_adding import compiled

from lockstep.data import Store
from lockstep.data.actions import Action
from lockstep.data.instrument import Instrument
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.errors import CommandError, SessionError
from lockstep.live.session.announced import announce, stored_actions
from lockstep.live.session.asked import lanes_of
from lockstep.live.session.host import Host
from lockstep.live.session.new_terms import session_terms
from lockstep.live.sources.replay import Replay
from lockstep.vector.parity.prove import prove

DAY_NS = 86_400_000_000_000
HOLDER = f"{Path(__file__).with_name('asking.py')}:Holder"
ACME = Instrument("ACME")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A thousand events on 2023-01-02, as many on the 4th; a split is of the 3rd, a dividend of the 4th."""
    made = synthetic_flow(1000, "L2", seed=3)
    block = next(made.blocks(made.rows))
    columns: dict[str, Any] = block._asdict()
    both = block._replace(**{
        name: np.concatenate([column, column + 2 * DAY_NS * name.endswith("_ns")]) for name, column in columns.items()
    })  # fmt: skip
    found = Store(tmp_path_factory.mktemp("actions") / "store")
    found.import_ticks(Made(both, "L2", symbols=("ACME",), instrument=ACME), "made")
    days(found, "days")
    found.add_actions({"ACME": [
        Action(date(2020, 1, 1), "split", 7.0), Action(date(2023, 1, 3), "split", 2.0),
        Action(date(2023, 1, 4), "dividend", 0.5), Action(date(2024, 1, 1), "split", 3.0),
    ]}, "days")  # fmt: skip
    return found


def days(store, dataset):
    """Daily bars beside the ticks: actions are stored with bars."""
    times = [f"2023-01-0{day}" for day in (2, 3, 4)]
    prices = dict.fromkeys(("open", "high", "low", "close", "volume"), [1.0] * 3)
    store.import_frame({"time": times, **prices}, dataset=dataset, symbol="ACME", interval="1d", calendar="24/7")


def session(folder, store, until=None):
    source = Replay([store.ticks("ACME", dataset="made")])
    terms = session_terms("paper", source, (lane(HOLDER, instrument=ACME, first=5),), now_ns=1, id="one")

    def seen(core):
        if until is not None and core.taken >= until:
            host.stop()

    host = Host(folder, terms, source, seen=seen)
    announce(host, folder, source, store)
    asyncio.run(host.run())
    return host


def test_a_replay_announces_what_falls_into_it(store, tmp_path):
    host = session(tmp_path / "whole", store)
    flows = contents(tmp_path / "whole", "flow")
    assert [(each["flow"], each["amount"], each["position"]) for each in flows] == [
        ("split", 0.0, 10.0), ("dividend", 5.0, 10.0),
    ]  # fmt: skip
    assert host.core.lanes["one"].position == 10
    assert prove(tmp_path / "whole").equal
    for _ in range(2):  # it has ended: nothing is announced again
        session(tmp_path / "whole", store)
    assert len(contents(tmp_path / "whole", "corporate_action")) == 2


def test_datasets_that_contradict_each_other_are_named(store, tmp_path):
    span = (0, 10**19)
    both = Store(tmp_path / "store")
    for dataset, value in (("one", 2.0), ("two", 3.0)):
        days(both, dataset)
        both.add_actions({"ACME": [Action(date(2023, 1, 2), "split", value)]}, dataset)
    with pytest.raises(SessionError, match="another dataset"):
        list(stored_actions(both, {"ACME": ACME}, span))
    assert len(list(stored_actions(store, {"ACME": ACME}, span))) == 4


@pytest.mark.parametrize("announced", [False, True])
def test_strategies_over_bars_join_where_no_split_is_still_to_come(store, tmp_path, announced):
    source = Replay([store.ticks("ACME", dataset="made")])
    terms = session_terms("paper", source, (lane(HOLDER, instrument=ACME, first=5),), now_ns=1, id="one")
    host, content = Host(tmp_path / "s", terms, source), {"strategy": "sma_cross", "bars": "1m"}
    host.additions.make = lambda _: lanes_of(source, ["sma_cross"], {}, {}, 1e5, "1m")
    if announced:
        announce(host, tmp_path / "s", source, store)
        with pytest.raises(CommandError, match="a corporate action is still to take effect"):
            host.prepare(content)
    else:
        compiled(host, content)
        host.command("add_strategy", content)
        announce(host, tmp_path / "s", source, store)  # as at each start
    asyncio.run(host.run())
    assert len(contents(tmp_path / "s", "corporate_action")) == 2 * announced
    assert list(host.core.bar_lanes) == ([] if announced else ["SmaCross"])
