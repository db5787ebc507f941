"""What instruments are called, and what is known about them."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.data.ticks.dbn.files import START, head, table, write

from lockstep.data import Instrument
from lockstep.data.ticks.dbn import defined_instruments, metadata
from lockstep.data.ticks.dbn.metadata import Interval, Metadata
from lockstep.data.ticks.dbn.names import Names
from lockstep.errors import BadFileError

DAY = 86_400 * 10**9


def made(tmp_path: Path, **changed: Any) -> Metadata:
    path = tmp_path / "some.dbn"
    path.write_bytes(head("mbo"))
    return metadata(path)._replace(**changed)


def test_a_number_may_stand_for_another_symbol_from_a_day_on(tmp_path: Path) -> None:
    periods = {
        "ONE": (Interval(date(2024, 5, 8), date(2024, 5, 9), "7"),),
        "TWO": (Interval(date(2024, 5, 9), date(2024, 5, 10), "7"), Interval(date(2024, 5, 8), date(2024, 5, 9), "8")),
    }
    names = Names(made(tmp_path, mappings=periods))
    assert [names.of(7, START), names.of(7, START + DAY), names.of(8, START)] == ["ONE", "TWO", "TWO"]
    assert names.of(99, START) == "99"
    names.tell(7, "THREE")
    assert names.of(7, START) == "THREE"


def test_files_asked_for_by_numbers_map_them_the_other_way(tmp_path: Path) -> None:
    mappings = {"7": (Interval(date(2024, 5, 8), date(2024, 5, 9), "ESM4"),)}
    assert Names(made(tmp_path, stype_in="instrument_id", mappings=mappings)).of(7, START) == "ESM4"


@pytest.mark.parametrize("version", [1, 2, 3])
def test_definitions_of_every_version_say_tick_multiplier_and_currency(version: int, tmp_path: Path) -> None:
    defined = table(
        "definition", 3, version, raw_symbol=[b"ESM4", b"AAPL", b"NONE"], instrument_class=[b"F", b"K", b"F"]
    )
    defined["min_price_increment"] = [250_000_000, 10_000_000, (1 << 63) - 1]
    defined["unit_of_measure_qty"] = [50 * 10**9, (1 << 63) - 1, 10**9]
    defined["currency"] = [b"USD", b"", b"USD"]
    path = write(tmp_path / "definitions.dbn", "definition", defined, version)
    assert defined_instruments(path) == {
        "ESM4": Instrument("ESM4", "future", tick=0.25, multiplier=50.0),
        "AAPL": Instrument("AAPL", "equity", tick=0.01),
    }


@pytest.mark.real_data
def test_a_real_definition_is_that_of_the_contract(shared_data: Path) -> None:
    # CME's page on the E-mini S&P 500: 50 dollars times the index, in steps of 0.25.
    found = defined_instruments(shared_data / "dbn" / "orderbooks_definition.dbn.zst")
    assert found == {"ESM4": Instrument("ESM4", "future", tick=0.25, multiplier=50.0)}


def test_a_file_that_defines_nothing_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "some.dbn", "trades", table("trades", 1))
    with pytest.raises(BadFileError, match=r"some\.dbn defines no instrument with a tick"):
        defined_instruments(path)
