"""The messages of NASDAQ TotalView-ITCH 5.0, byte by byte, and their fields in the numbers of this machine.

Source: Nasdaq TotalView-ITCH 5.0 specification, section 1. Prices stay whole: 1/10,000 dollar, those of V 1e-8.
"""

from typing import NamedTuple

import numpy as np

_TABLE = """
S system_event: event_code:S1
R stock_directory: stock:S8 market_category:S1 financial_status:S1 round_lot_size:u4 round_lots_only:S1 \
  issue_classification:S1 issue_sub_type:S2 authenticity:S1 short_sale_threshold:S1 ipo_flag:S1 luld_tier:S1 \
  etp_flag:S1 etp_leverage_factor:u4 inverse_indicator:S1
H trading_action: stock:S8 trading_state:S1 reserved:S1 reason:S4
Y reg_sho_restriction: stock:S8 reg_sho_action:S1
L market_participant_position: mpid:S4 stock:S8 primary_market_maker:S1 market_maker_mode:S1 participant_state:S1
V circuit_breaker_levels: level_1:u8 level_2:u8 level_3:u8
W circuit_breaker_breach: breached_level:S1
K ipo_quoting_period: stock:S8 release_time:u4 release_qualifier:S1 price:u4
J luld_auction_collar: stock:S8 reference_price:u4 upper_price:u4 lower_price:u4 extension:u4
h operational_halt: stock:S8 market:S1 action:S1
A add_order: order_reference:u8 side:S1 shares:u4 stock:S8 price:u4
F add_order_with_mpid: order_reference:u8 side:S1 shares:u4 stock:S8 price:u4 mpid:S4
E order_executed: order_reference:u8 shares:u4 match_number:u8
C order_executed_with_price: order_reference:u8 shares:u4 match_number:u8 printable:S1 price:u4
X order_cancel: order_reference:u8 shares:u4
D order_delete: order_reference:u8
U order_replace: order_reference:u8 new_order_reference:u8 shares:u4 price:u4
P trade: order_reference:u8 side:S1 shares:u4 stock:S8 price:u4 match_number:u8
Q cross_trade: shares:u8 stock:S8 price:u4 match_number:u8 cross_type:S1
B broken_trade: match_number:u8
I net_order_imbalance: paired_shares:u8 imbalance_shares:u8 imbalance_direction:S1 stock:S8 far_price:u4 \
  near_price:u4 reference_price:u4 cross_type:S1 price_variation:S1
N retail_interest: stock:S8 interest:S1
O direct_listing_capital_raise: stock:S8 open_eligibility:S1 minimum_price:u4 maximum_price:u4 near_price:u4 \
  near_time_ns:u8 lower_collar:u4 upper_collar:u4
"""


class MessageType(NamedTuple):
    """One type of message."""

    letter: str
    name: str
    wire: np.dtype[np.void]
    """Big-endian and unpadded, as in the file; the time as two parts."""
    fields: np.dtype[np.void]
    """What `messages` gives: this machine's numbers; texts without the blanks at their ends."""


def _parse(line: str) -> MessageType:
    head, _, body = line.partition(":")
    letter, name = head.split()
    own = [(field, form) for field, form in (part.split(":") for part in body.split())]
    wire = [("type", "S1"), ("stock_locate", ">u2"), ("tracking_number", ">u2"), ("high", ">u2"), ("low", ">u4")]
    fields = [("stock_locate", "u2"), ("tracking_number", "u2"), ("timestamp_ns", "i8")]
    wire += [(field, form if form.startswith("S") else f">{form}") for field, form in own]
    return MessageType(letter, name, np.dtype(wire), np.dtype(fields + own))


TYPES = {kind.letter: kind for kind in map(_parse, _TABLE.strip().replace("\\\n", "").splitlines())}
"""By letter."""

LENGTHS = np.zeros(256, np.int64)
"""Bytes of a message by its type; 0 where there is none such."""
for _kind in TYPES.values():
    LENGTHS[ord(_kind.letter)] = _kind.wire.itemsize


def decode(letter: str, raw: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    """Turn n messages of one type, uint8[n * length] without their length prefixes, into rows of `fields`."""
    kind = TYPES[letter]
    wire = raw.view(kind.wire)
    rows = np.empty(len(wire), kind.fields)
    rows["timestamp_ns"] = wire["high"].astype(np.int64) << 32 | wire["low"]
    for name in kind.fields.names or ():
        if name != "timestamp_ns":
            column = wire[name]
            rows[name] = np.char.rstrip(column) if column.dtype.kind == "S" else column
    return rows


def stock_at(letter: str) -> int:
    """Return the byte at which a message of this type names its stock, -1 where it names none."""
    wire = TYPES[letter].wire
    return wire.fields["stock"][1] if wire.fields and "stock" in wire.fields else -1
