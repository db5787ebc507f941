"""What is to be known of NASDAQ's feeds, whoever writes them down."""

from datetime import date

HIDDEN_SIDE_UNTIL = date(2014, 7, 14)
"""From this day on the message of a trade with a hidden order (P of ITCH, type 5 of LOBSTER) says "buy" whichever side
was hit, says the specification of TotalView-ITCH: the side is unknown."""
