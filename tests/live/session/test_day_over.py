"""A session over the end of a day: orders for the day end, the risk day begins anew, and all of it is proven."""

from pathlib import Path

import pytest
from tests.live.session.played import MS, contents, lane, ns, opened, quotes, ran

from lockstep.data.instrument import Instrument
from lockstep.vector.parity.prove import prove

HERE = Path(__file__).with_name("asking.py")
NEW_YORK, ROUND_THE_CLOCK = Instrument.us_equity("ACME"), Instrument("ACME", "crypto")
CLOSES = {"XNYS": (NEW_YORK, ns(2026, 11, 23, 21)), "24/7": (ROUND_THE_CLOCK, ns(2026, 11, 24))}
"""New York closes at 16:00, 21:00 UTC in winter; without a calendar a day is one of UTC."""


@pytest.mark.parametrize("calendar", CLOSES)
def test_an_order_for_the_day_ends_with_it_and_the_others_stay(calendar, tmp_path):
    instrument, close = CLOSES[calendar]
    start = close - 3_600_000 * MS
    script = [*quotes(start, 9990, 10010), *quotes(start + 10 * MS, 9991, 10010), *quotes(close - MS, 9990, 10010),
              *quotes(close + 5 * MS, 9990, 10011)]  # fmt: skip
    terms = lane(f"{HERE}:Daily", instrument=instrument)
    host = ran(tmp_path / "s", script, terms, instruments=[instrument])
    sent = [each for each in contents(tmp_path / "s", "intent") if each["force"] == "day"]
    (ended,) = contents(tmp_path / "s", "order")
    assert (ended["order"], ended["state"], ended["why"]) == (sent[0]["order"], "expired", "expired")
    assert ended["ended_ns"] == close
    assert ended["heard_ns"] == close + MS
    assert len(host.core.lanes["one"].strategy.desk.open_tags) == 1
    again = opened(tmp_path / "s", script, terms, instruments=[instrument])
    assert again.core.lanes["one"].state == host.core.lanes["one"].state
    again._storage.close()
    assert prove(tmp_path / "s").equal


def test_a_holiday_ends_no_day_and_an_early_close_does(tmp_path):
    # Thanksgiving is November 26; on the day after New York closes at 13:00, 18:00 UTC.
    holiday, close = ns(2026, 11, 26, 21), ns(2026, 11, 27, 18)
    script = [*quotes(holiday - 3_600_000 * MS, 9990, 10010), *quotes(holiday - 3_599_000 * MS, 9991, 10010),
              *quotes(holiday + MS, 9990, 10010), *quotes(close - MS, 9990, 10010),
              *quotes(close + 5 * MS, 9990, 10011)]  # fmt: skip
    ran(tmp_path / "s", script, lane(f"{HERE}:Daily", instrument=NEW_YORK), instruments=[NEW_YORK])
    (ended,) = contents(tmp_path / "s", "order")
    assert (ended["state"], ended["ended_ns"]) == ("expired", close)
    assert prove(tmp_path / "s").equal


@pytest.mark.parametrize("calendar", CLOSES)
def test_a_loss_of_one_day_is_no_loss_of_the_next(calendar, tmp_path):
    instrument, close = CLOSES[calendar]
    start, seen = close - 3_600_000 * MS, []

    def look(host):
        account = host.core.controls.accounts[0].account[0]
        seen.append((int(account["state"]), float(account["day_start_equity"])))

    # 10 bought at 100.10 are worth 79 a share: 211 lost, where 100 are allowed.
    script = [*quotes(start, 9990, 10010), *quotes(start + 10 * MS, 9991, 10010), *quotes(start + 30 * MS, 7890, 7910),
              look, *quotes(close - MS, 7890, 7910, 800), look, *quotes(close + 50 * MS, 7890, 7910), look]  # fmt: skip
    terms = lane(f"{HERE}:Holder", instrument=instrument, first=10)
    ran(tmp_path / "s", script, terms, instruments=[instrument], limits={"maxDailyLoss": 100})
    assert [state for state, _ in seen] == [1, 1, 0]
    assert seen[0][1] == 1_000_000
    assert seen[2][1] == pytest.approx(1_000_000 - 1001 + 790)
    refused = contents(tmp_path / "s", "risk")
    assert all(each["refusal"] == "max_daily_loss" for each in refused)
    assert prove(tmp_path / "s").equal
