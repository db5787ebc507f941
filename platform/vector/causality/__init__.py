"""The causality certificate: does code read what was not known yet?

``verify`` runs a strategy, or a function that computes columns, under futures that never happened and says PASS, or
the first bar, output and input column through which the future leaked. See docs/causality.md.
"""

from lockstep.vector.causality.certificate import Certificate, Finding, Line, WarmUp
from lockstep.vector.causality.verify import verify

__all__ = ["Certificate", "Finding", "Line", "WarmUp", "verify"]
