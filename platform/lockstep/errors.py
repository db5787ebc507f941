"""Every error Lockstep raises on purpose.

LockstepError
├── DataError             a history, file or store is not what it must be
│   ├── UnknownSymbolError    the store has no such symbol
│   ├── NoDataError           the symbol is stored, but not for this interval or span
│   ├── AmbiguousDatasetError several datasets could answer, or none covers everything
│   ├── BadFileError          a file can't be read as what it claims to be
│   ├── BadRowsError          rows break the rules every bar must keep
│   ├── ActionsError          corporate actions contradict one another, the bars or sense
│   ├── DisagreementError     finer bars do not agree with the bars that they refine
│   ├── TickError             a tick history or the file of a feed is not what it must be
│   │   ├── TruncatedTicksError   a file ends in the middle of an event
│   │   ├── UnreadableTicksError  a line or record is no event of the feed
│   │   ├── BackwardTimeError     an event's time is before that of the event before
│   │   ├── SequenceGapError      sequence numbers are missing
│   │   ├── OffTickError          a price or size lies between two ticks or lots
│   │   ├── TickSizeError         a size is zero or below
│   │   ├── CrossedBookError      a bid lies at or above an ask
│   │   └── OrderStateError       an event contradicts the order that it names
│   └── StoreError            the store's folder can't be used as asked
│       ├── StoreLockedError      another process is writing
│       ├── OverlapError          an append does not start after what is stored
│       └── CorruptStoreError     a stored file is not what the manifest says
├── StrategyError         a strategy or one of its parameters is wrong
│   ├── ParameterError    a parameter is unknown, out of bounds or of another type
│   └── PromotionError    a promotion document is damaged, unknown or about other code
├── BacktestError         a run was asked for something it can't do
│   ├── RequestError      a request document is not what it must be
│   ├── VerifyError       code can't be tested for look-ahead
│   ├── SweepError        parameter sets can't be searched as asked
│   ├── SplitError        a history can't be split into training and test as asked
│   ├── ParityError       a recorded session can't be run again as a batch
│   └── ArchiveError      a saved result can't be read, or belongs to other bars
├── AnalyticsError        a measurement was asked for that can't be made
│   ├── UnknownConventionError  no preset of metrics has this name
│   ├── UnknownMetricError  no metric has this name
│   ├── OverfittingInputError  a search's figures can't be judged as they are given
│   └── MetricsInputError  returns are not one series of numbers
├── ReportError           a report can't be written as asked
│   ├── RunViewError          what a plot or report is given lacks something
│   └── SearchViewError       a search or walk-forward can't be drawn as asked
├── RiskLimitsError       a risk limit is not what it must be
├── BookRoomError         an order book would need more rows than it can number
├── JournalError          a session's tape or journal can't be written, or is not what was written
│   └── SessionOwnedError     another process owns the session's folder
├── SessionError          a session can't go on as asked
│   ├── StalledError          a strategy did not come back in time
│   ├── NotRunningError       no process runs the session that is asked
│   ├── NotAnsweredError      a session was asked and has not answered: nobody knows what was done
│   └── CommandError          an operator's command is unknown, or says something that can't be
│       ├── TokenNeededError      who asked may do nothing live, and the session is live
│       └── NotTradedError        the session trades no such symbol
├── GatewayError          the gateway can't be run as asked
│   ├── TokenError            a token can't be made, revoked or looked at
│   └── WebhookError          alerts can't be sent to an address
├── ExchangeError         the local exchange can't be run as asked, or its script of faults or its log can't be read
│   ├── WireError             bytes on the wire are no message of the local exchange
│   ├── OrderRefusedError     an order for the local exchange can't be one as it is written
│   └── ConnectionEndedError  the connection to the exchange has ended: what was not answered may have been done
└── KernelError           a kernel can't be compiled or cached as asked
"""


class LockstepError(Exception):
    """Root of the tree: the message says what was expected, what was found, and the cure."""


class DataError(LockstepError):
    """A history, a file or the store is not what it must be."""


class UnknownSymbolError(DataError):
    """The store has no such symbol."""


class NoDataError(DataError):
    """The symbol is stored, but not for this interval or span."""


class AmbiguousDatasetError(DataError):
    """Several datasets could answer, or none covers all symbols and the span."""


class BadFileError(DataError):
    """A file can't be read as what it claims to be."""


class BadRowsError(DataError):
    """Rows break the rules every bar must keep."""


class ActionsError(DataError):
    """Corporate actions contradict one another, the bars or sense."""


class DisagreementError(DataError):
    """Finer bars do not agree with the bars that they refine."""


class TickError(DataError):
    """A tick history or the file of a feed is not what it must be."""


class TruncatedTicksError(TickError):
    """A file ends in the middle of an event."""


class UnreadableTicksError(TickError):
    """A line or record is no event of the feed."""


class BackwardTimeError(TickError):
    """An event's time is before that of the event before."""


class SequenceGapError(TickError):
    """Sequence numbers are missing: events were lost on the way."""


class OffTickError(TickError):
    """A price lies between two ticks, or a size between two lots."""


class TickSizeError(TickError):
    """A size is zero or below."""


class CrossedBookError(TickError):
    """A bid lies at or above an ask where that can't be."""


class OrderStateError(TickError):
    """An event contradicts the order that it names, or names none."""


class StoreError(DataError):
    """The store's folder can't be used as asked."""


class StoreLockedError(StoreError):
    """Another process is writing to the store."""


class OverlapError(StoreError):
    """An append does not start after what is stored."""


class CorruptStoreError(StoreError):
    """A stored file is not what the manifest says."""


class StrategyError(LockstepError):
    """A strategy or one of its parameters is wrong."""


class OrderError(StrategyError):
    """An order contradicts itself."""


class ParameterError(StrategyError):
    """A parameter is unknown, out of bounds or of another type."""


class PromotionError(StrategyError):
    """A promotion document can't be read or written, or is about other code or bars than those at hand."""


class BacktestError(LockstepError):
    """A run was asked for something it can't do."""


class AnalyticsError(LockstepError):
    """A measurement was asked for that can't be made."""


class UnknownConventionError(AnalyticsError):
    """No preset of metrics has this name."""


class UnknownMetricError(AnalyticsError):
    """No metric of the catalogue has this name."""


class OverfittingInputError(AnalyticsError):
    """The figures of a search can't be judged as they are given."""


class MetricsInputError(AnalyticsError):
    """Returns are not one series of numbers."""


class ReportError(LockstepError):
    """A report can't be written as asked."""


class RunViewError(ReportError):
    """What a plot or a report is given lacks something, or has it in another type."""


class SearchViewError(ReportError):
    """A search or a walk-forward can't be drawn as asked."""


class RequestError(BacktestError):
    """A request document is not what it must be."""


class VerifyError(BacktestError):
    """Code can't be tested for look-ahead: it fails, or returns what can't be put beside the bars."""


class ArchiveError(BacktestError):
    """A saved result can't be read, or belongs to other bars."""


class SweepError(BacktestError):
    """Parameter sets can't be searched as asked: none is left, too many are, or a condition fails."""


class SplitError(BacktestError):
    """A history can't be split into training and test as asked."""


class VenueError(LockstepError):
    """A venue was told something that can't be written as an order, or asked about what it doesn't list."""


class RiskLimitsError(LockstepError):
    """A risk limit is unknown, or not a number that limits anything."""


class BookRoomError(LockstepError):
    """An order book would need more rows than it can number."""


class KernelError(LockstepError):
    """A kernel can't be compiled or cached as asked."""


class JournalError(LockstepError):
    """A session's tape or journal can't be written, or is not what was written."""


class SnapshotError(JournalError):
    """A snapshot of a session can't be taken, can't be read, or is not what was written."""


class SessionOwnedError(JournalError):
    """Another process owns the session's folder."""


class GatewayError(LockstepError):
    """The gateway can't be run as asked."""


class TokenError(GatewayError):
    """A token can't be made, revoked or looked at."""


class WebhookError(GatewayError):
    """Alerts can't be sent to an address."""


class ExchangeError(LockstepError):
    """The local exchange can't be run as asked, or its script of faults or its log can't be read."""


class WireError(ExchangeError):
    """Bytes on the wire are no message of the local exchange. ``reason`` is the word that goes over the wire."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class OrderRefusedError(ExchangeError):
    """An order for the local exchange can't be one as it is written. ``reason`` is the word that goes over the wire."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class ConnectionEndedError(ExchangeError):
    """The connection to the exchange has ended: what was not answered may have been done or not."""


class SessionError(LockstepError):
    """A session can't go on as asked."""


class NotRunningError(SessionError):
    """No process runs the session that is asked."""


class NotAnsweredError(SessionError):
    """A session was asked and has not answered: nobody knows what was done."""


class CommandError(SessionError):
    """An operator's command is unknown, or says something that can't be."""


class TokenNeededError(CommandError):
    """Who asked may do nothing live, and the session is live."""


class DuplicateOrderError(CommandError):
    """An order by hand has the client id of another."""


class NoMarketError(CommandError):
    """Nothing was heard of a symbol that is to be traded."""


class StrategiesFixedError(CommandError):
    """A session takes no further strategies."""


class DuplicateStrategyError(CommandError):
    """A strategy is to be added under a name that another has."""


class NotCompiledError(CommandError):
    """A strategy is to be added of which the kernels are still being compiled."""


class NotTradedError(CommandError):
    """A session is asked about a symbol that it doesn't trade by hand."""


class OrderNotOpenError(CommandError):
    """An order that is over, or of which an answer is awaited, can't be changed."""


class UnknownOrderError(CommandError):
    """A session knows no order by this name."""


class TransitionError(CommandError):
    """A session that must not go on under another mode."""


class ParityError(BacktestError):
    """A recorded session can't be run again as a batch."""


class StalledError(SessionError):
    """A strategy did not come back in time."""
