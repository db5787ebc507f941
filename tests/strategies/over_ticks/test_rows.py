"""Rows of the journal, in words and units."""

import numpy as np

from lockstep.data.instrument import Instrument
from lockstep.kernels.order_terms import Prevention
from lockstep.kernels.ticks.tables import INTENT, TICK_FILL
from lockstep.strategies.over_ticks.rows import RowMaker


def test_an_intent_says_what_an_iceberg_shows_and_what_ends_where_own_orders_meet() -> None:
    intents = np.zeros(2, INTENT)
    intents["tick"], intents["lots"] = 199, 20
    intents["display"], intents["prevention"] = [2, 0], [Prevention.OLDEST, Prevention.NEWEST]
    rows = list(RowMaker(Instrument("TEST", tick=0.5, lot=0.1)).intents(intents))
    assert [(row["quantity"], row["display"], row["prevention"]) for row in rows] == [
        (2.0, 0.2, "oldest"),
        (2.0, 0.0, "newest"),
    ]


def test_a_fill_has_the_middle_of_the_book_when_its_order_was_sent_and_null_where_there_was_none() -> None:
    fills = np.zeros(3, TICK_FILL)
    fills["middle"], fills["middle_sent"] = 7.0, [199.0, 199.5, np.nan]
    rows = list(RowMaker(Instrument("TEST", tick=0.05, lot=1.0)).fills(fills))
    assert [row["arrival_mid"] for row in rows] == [9.95, 9.975, None]
