"""NASDAQ TotalView-ITCH 5.0: histories of single orders, and every message in named fields."""

from lockstep.data.ticks.itch.layout import TYPES as TYPES
from lockstep.data.ticks.itch.messages import Messages as Messages
from lockstep.data.ticks.itch.messages import messages as messages
from lockstep.data.ticks.itch.reader import ItchReader as ItchReader

__all__ = ["TYPES", "ItchReader", "Messages", "messages"]
