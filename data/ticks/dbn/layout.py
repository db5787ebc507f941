"""The records of Databento's DBN, versions 1 to 3, byte by byte.

Source: Databento's page "Databento Binary Encoding" and the crate dbn. Fields have Databento's names; prices stay whole
multiples of 1e-9, texts are bytes without the zeros at their ends.
"""

from typing import NamedTuple

import numpy as np

from lockstep.errors import BadFileError

VERSIONS = (1, 2, 3)
_HEADER = "length:u1 rtype:u1 publisher_id:u2 instrument_id:u4 ts_event:u8"
_TRADE = "price:i8 size:u4 action:S1 side:S1 flags:u1 depth:u1 ts_recv:u8 ts_in_delta:i4 sequence:u4"
_BBO = (
    "price:i8 size:u4 _reserved1:u1 side:S1 flags:u1 _reserved2:u1 ts_recv:u8 _reserved3:S4 sequence:u4"
    " bid_px_00:i8 ask_px_00:i8 bid_sz_00:u4 ask_sz_00:u4 bid_ct_00:u4 ask_ct_00:u4"
)
_CONSOLIDATED = (
    "bid_px_00:i8 ask_px_00:i8 bid_sz_00:u4 ask_sz_00:u4 bid_pb_00:u2 _reserved1_00:S2 ask_pb_00:u2 _reserved2_00:S2"
)
_CBBO = (
    "price:i8 size:u4 _reserved1:u1 side:S1 flags:u1 _reserved2:u1 ts_recv:u8 _reserved3:S8 " + _CONSOLIDATED
)  # fmt: skip
_CMBP = (
    "price:i8 size:u4 action:S1 side:S1 flags:u1 _reserved1:S1 ts_recv:u8 ts_in_delta:i4 _reserved2:S4 " + _CONSOLIDATED
)
_BAR = "open:i8 high:i8 low:i8 close:i8 volume:u8"
_LIMITS = "min_price_increment:i8 display_factor:i8 expiration:u8 activation:u8 high_limit_price:i8 low_limit_price:i8"
_COUNTS = (
    "market_depth_implied:i4 market_depth:i4 market_segment_id:u4 max_trade_vol:u4 min_lot_size:i4"
    " min_lot_size_block:i4 min_lot_size_round_lot:i4 min_trade_vol:u4"
)
_MONEY = "currency:S4 settl_currency:S4 secsubtype:S6"
_MATURITY = (
    "security_update_action:S1 maturity_month:u1 maturity_day:u1 maturity_week:u1 user_defined_instrument:S1"
    " contract_multiplier_unit:i1 flow_schedule_type:i1 tick_rule:u1"
)
_DISPLAY = "main_fraction:u1 price_display_format:u1"
_UNIT = "cfi:S7 security_type:S7 unit_of_measure:S31 underlying:S21 strike_price_currency:S4"


def _levels(count: int) -> str:
    fields = "bid_px_{0:02}:i8 ask_px_{0:02}:i8 bid_sz_{0:02}:u4 ask_sz_{0:02}:u4 bid_ct_{0:02}:u4 ask_ct_{0:02}:u4"
    return " ".join(fields.format(level) for level in range(count))


_DEFINITION_1 = (
    f"ts_recv:u8 {_LIMITS} max_price_variation:i8 trading_reference_price:i8 unit_of_measure_qty:i8"
    " min_price_increment_amount:i8 price_ratio:i8 inst_attrib_value:i4 underlying_id:u4 raw_instrument_id:u4"
    f" {_COUNTS} _reserved2:S4 contract_multiplier:i4 decay_quantity:i4 original_contract_size:i4 _reserved3:S4"
    f" trading_reference_date:u2 appl_id:i2 maturity_year:u2 decay_start_date:u2 channel_id:u2 {_MONEY}"
    f" raw_symbol:S22 group:S21 exchange:S5 asset:S7 {_UNIT} instrument_class:S1 _reserved4:S2 strike_price:i8"
    f" _reserved5:S6 match_algorithm:S1 md_security_trading_status:u1 {_DISPLAY} settl_price_type:u1"
    f" sub_fraction:u1 underlying_product:u1 {_MATURITY} _dummy:S3"
)
_DEFINITION_2 = (
    f"ts_recv:u8 {_LIMITS} max_price_variation:i8 trading_reference_price:i8 unit_of_measure_qty:i8"
    " min_price_increment_amount:i8 price_ratio:i8 strike_price:i8 inst_attrib_value:i4 underlying_id:u4"
    f" raw_instrument_id:u4 {_COUNTS} contract_multiplier:i4 decay_quantity:i4 original_contract_size:i4"
    f" trading_reference_date:u2 appl_id:i2 maturity_year:u2 decay_start_date:u2 channel_id:u2 {_MONEY}"
    f" raw_symbol:S71 group:S21 exchange:S5 asset:S7 {_UNIT} instrument_class:S1 match_algorithm:S1"
    f" md_security_trading_status:u1 {_DISPLAY} settl_price_type:u1 sub_fraction:u1 underlying_product:u1"
    f" {_MATURITY} _reserved:S10"
)
_DEFINITION_3 = (
    f"ts_recv:u8 {_LIMITS} max_price_variation:i8 unit_of_measure_qty:i8 min_price_increment_amount:i8 price_ratio:i8"
    " strike_price:i8 raw_instrument_id:u8 leg_price:i8 leg_delta:i8 inst_attrib_value:i4 underlying_id:u4"
    f" {_COUNTS} contract_multiplier:i4 decay_quantity:i4 original_contract_size:i4 leg_instrument_id:u4"
    " leg_ratio_price_numerator:i4 leg_ratio_price_denominator:i4 leg_ratio_qty_numerator:i4"
    " leg_ratio_qty_denominator:i4 leg_underlying_id:u4 appl_id:i2 maturity_year:u2 decay_start_date:u2 channel_id:u2"
    f" leg_count:u2 leg_index:u2 {_MONEY} raw_symbol:S71 group:S21 exchange:S5 asset:S11 {_UNIT} leg_raw_symbol:S71"
    f" instrument_class:S1 match_algorithm:S1 {_DISPLAY} sub_fraction:u1 underlying_product:u1 {_MATURITY}"
    " leg_instrument_class:S1 leg_side:S1 _reserved:S17"
)
_STATISTICS = "ts_recv:u8 ts_ref:u8 price:i8 quantity:{} sequence:u4 ts_in_delta:i4 stat_type:u2 channel_id:u2"
_STATISTICS += " update_action:u1 stat_flags:u1 _reserved:{}"
_IMBALANCE = (
    "ts_recv:u8 ref_price:i8 auction_time:u8 cont_book_clr_price:i8 auct_interest_clr_price:i8 ssr_filling_price:i8"
    " ind_match_price:i8 upper_collar:i8 lower_collar:i8 paired_qty:u4 total_imbalance_qty:u4 market_imbalance_qty:u4"
    " unpaired_qty:u4 auction_type:S1 side:S1 auction_status:u1 freeze_status:u1 num_extensions:u1 unpaired_side:S1"
    " significant_imbalance:S1 _reserved:S1"
)
_STATUS = (
    "ts_recv:u8 action:u2 reason:u2 trading_event:u2 is_trading:S1 is_quoting:S1 is_short_sell_restricted:S1"
    " _reserved:S7"
)

_COMMON = {
    0x00: ("trades", _TRADE),
    0x01: ("mbp_1", f"{_TRADE} {_levels(1)}"),
    0x0A: ("mbp_10", f"{_TRADE} {_levels(10)}"),
    0x11: ("ohlcv", _BAR),
    0x20: ("ohlcv_1s", _BAR),
    0x21: ("ohlcv_1m", _BAR),
    0x22: ("ohlcv_1h", _BAR),
    0x23: ("ohlcv_1d", _BAR),
    0x24: ("ohlcv_eod", _BAR),
    0x12: ("status", _STATUS),
    0x14: ("imbalance", _IMBALANCE),
    0xA0: (
        "mbo",
        "order_id:u8 price:i8 size:u4 flags:u1 channel_id:u1 action:S1 side:S1 ts_recv:u8 ts_in_delta:i4 sequence:u4",
    ),
    0xB1: ("cmbp_1", _CMBP),
    0xC0: ("cbbo_1s", _CBBO),
    0xC1: ("cbbo_1m", _CBBO),
    0xC2: ("tcbbo", _CMBP),
    0xC3: ("bbo_1s", _BBO),
    0xC4: ("bbo_1m", _BBO),
}
_OLD = {
    0x15: ("error", "err:S64"),
    0x16: ("symbol_mapping", "stype_in_symbol:S22 stype_out_symbol:S22 _dummy:S4 start_ts:u8 end_ts:u8"),
    0x17: ("system", "msg:S64"),
}
_NEW = {
    0x15: ("error", "err:S302 code:u1 is_last:u1"),
    0x16: (
        "symbol_mapping",
        "stype_in:u1 stype_in_symbol:S71 stype_out:u1 stype_out_symbol:S71 start_ts:u8 end_ts:u8",
    ),
    0x17: ("system", "msg:S303 code:u1"),
}
_OWN = {
    1: {**_OLD, 0x13: ("definition", _DEFINITION_1), 0x18: ("statistics", _STATISTICS.format("i4", "S6"))},
    2: {**_NEW, 0x13: ("definition", _DEFINITION_2), 0x18: ("statistics", _STATISTICS.format("i4", "S6"))},
    3: {**_NEW, 0x13: ("definition", _DEFINITION_3), 0x18: ("statistics", _STATISTICS.format("i8", "S18"))},
}


class RecordType(NamedTuple):
    """One type of record."""

    rtype: int
    name: str
    fields: np.dtype[np.void]


def _record(rtype: int, name: str, body: str, ts_out: bool) -> RecordType:
    text = f"{_HEADER} {body}" + (" ts_out:u8" if ts_out else "")
    fields = [(field, form if form[0] == "S" else f"<{form}") for field, form in (p.split(":") for p in text.split())]
    return RecordType(rtype, name, np.dtype(fields))


def record_types(version: int, ts_out: bool = False) -> dict[int, RecordType]:
    """Return the types of records in a file of this version, by number; with `ts_out` each ends with a time of sending.

    Raises BadFileError for an unknown version.
    """
    if version not in _OWN:
        raise BadFileError(f"DBN version {version} is not one of {VERSIONS}: a newer Lockstep may read it")
    layouts = {**_COMMON, **_OWN[version]}
    return {rtype: _record(rtype, name, body, ts_out) for rtype, (name, body) in layouts.items()}


def sizes(types: dict[int, RecordType]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the bytes of a record by its type, int64[256], 0 where there is none such."""
    lengths = np.zeros(256, np.int64)
    for rtype, kind in types.items():
        lengths[rtype] = kind.fields.itemsize
    return lengths
