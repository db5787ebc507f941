"""DBN files for tests, written with Databento's own package."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import databento_dbn
import numpy as np
import pyarrow as pa

UNDEFINED = (1 << 63) - 1
START = 1_715_126_400_000_000_000  # 2024-05-08 00:00 UTC
MESSAGES = {
    "mbo": "MBOMsg", "mbp-1": "MBP1Msg", "mbp-10": "MBP10Msg", "tbbo": "MBP1Msg", "trades": "TradeMsg",
    "ohlcv-1m": "OHLCVMsg", "definition": "InstrumentDefMsg", "statistics": "StatMsg", "status": "StatusMsg",
    "imbalance": "ImbalanceMsg", "cmbp-1": "CMBP1Msg", "cbbo-1s": "CBBOMsg", "tcbbo": "CMBP1Msg", "bbo-1s": "BBOMsg",
}  # fmt: skip
RTYPES = {
    "mbo": 0xA0, "mbp-1": 1, "mbp-10": 10, "tbbo": 1, "trades": 0, "ohlcv-1m": 0x21, "definition": 0x13,
    "statistics": 0x18, "status": 0x12, "imbalance": 0x14, "cmbp-1": 0xB1, "cbbo-1s": 0xC0, "tcbbo": 0xC2,
    "bbo-1s": 0xC3,
}  # fmt: skip


def layout(schema: str, version: int) -> np.dtype[Any]:
    """Databento's own dtype of a schema's records."""
    module = {1: databento_dbn.v1, 2: databento_dbn.v2, 3: databento_dbn}[version]
    found: np.dtype[Any] = np.dtype(getattr(module, MESSAGES[schema])._dtypes)
    return found


def table(schema: str, rows: int, version: int = 3, **columns: Any) -> Any:
    """Records with the given columns, the others zero; one a millisecond of instrument 7, received 1 us later."""
    records = np.zeros(rows, layout(schema, version))
    records["length"], records["rtype"] = records.dtype.itemsize // 4, RTYPES[schema]
    records["publisher_id"], records["instrument_id"] = 1, 7
    records["ts_event"] = START + 1_000_000 * np.arange(rows)
    if "ts_recv" in (records.dtype.names or ()):
        records["ts_recv"] = records["ts_event"] + 1_000
    for name, values in columns.items():
        records[name] = values
    return records


def head(schema: str, version: int = 3, *, ts_out: bool = False, dataset: str = "XNAS.ITCH") -> bytes:
    """The head of a file in which instrument 7 is ABC and 8 is XYZ."""
    interval = {"start_date": date(2024, 5, 8), "end_date": date(2024, 5, 9)}
    kinds: Any = databento_dbn.SType  # their stubs have its members as texts
    mappings = [
        SimpleNamespace(raw_symbol=name, intervals=[SimpleNamespace(**interval, symbol=number)])
        for name, number in (("ABC", "7"), ("XYZ", "8"))
    ]
    written = databento_dbn.Metadata(
        dataset=dataset, start=START, end=START + 10**9, stype_in=kinds.RAW_SYMBOL, limit=5,
        stype_out=kinds.INSTRUMENT_ID, schema=databento_dbn.Schema.from_str(schema),
        symbols=["ABC", "XYZ"], partial=["PART"], not_found=["GONE", "LOST"], mappings=mappings, version=version,
        ts_out=ts_out,
    )  # fmt: skip
    return bytes(written)


def write(path: Path, schema: str, records: Any, version: int = 3, **more: Any) -> Path:
    """Write a file; packed where its name ends in .zst."""
    raw = head(schema, version, **more) + (records if isinstance(records, bytes) else records.tobytes())
    path.write_bytes(pa.compress(raw, codec="zstd", asbytes=True) if path.suffix == ".zst" else raw)
    return path
