"""Instruments keep their facts through the manifest and refuse impossible ones."""

import pytest

from lockstep.data import Instrument
from lockstep.data.calendars import instrument_on
from lockstep.errors import DataError


def test_round_trip() -> None:
    instrument = Instrument("ES", "future", "CMES", "America/Chicago", "17:00", "16:00", 0.25, 1.0, 50.0, "USD")
    assert Instrument.from_dict(instrument.to_dict()) == instrument


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"symbol": ""}, "is empty or has blanks"),
        ({"symbol": "A", "tick": 0.0}, "A: tick is 0.0, but must be a finite number above zero"),
        ({"symbol": "A", "multiplier": float("nan")}, "multiplier is nan"),
        ({"symbol": "A", "time_zone": "EST5"}, "time zone 'EST5' is unknown"),
        ({"symbol": "A", "session_open": "9h30"}, "session time '9h30' is not a wall-clock time"),
        ({"symbol": "A", "session_close": "25:00"}, "session time '25:00'"),
    ],
)
def test_impossible_facts_are_refused(fields: dict[str, object], words: str) -> None:
    with pytest.raises(DataError, match=words):
        Instrument(**fields)  # type: ignore[arg-type]


def test_fields_of_a_newer_version_are_refused() -> None:
    with pytest.raises(DataError, match="a newer Lockstep may have written it"):
        Instrument.from_dict({"symbol": "A", "colour": "red"})


def test_exchanges_give_their_zone_and_hours() -> None:
    """As the exchanges publish them."""
    new_york, london = instrument_on("XNYS", "A"), instrument_on("XLON", "A")
    assert (new_york.time_zone, new_york.session_open, new_york.session_close) == (
        "America/New_York",
        "09:30",
        "16:00",
    )
    assert (london.time_zone, london.session_open, london.session_close) == (
        "Europe/London",
        "08:00",
        "16:30",
    )
    assert instrument_on("24/7", "B").session_minutes == (0, 1440)
    with pytest.raises(DataError, match=r"calendar 'XNYZ' is unknown: .*XNYS"):
        instrument_on("XNYZ", "A")
