"""Every error Lockstep raises on purpose.

LockstepError
├── DataError             a history, file or store is not what it must be
├── StrategyError         a strategy or one of its parameters is wrong
├── BacktestError         a run was asked for something it can't do
└── KernelError           a kernel can't be compiled or cached as asked
"""


class LockstepError(Exception):
    """Root of the tree: the message says what was expected, what was found, and the cure."""


class DataError(LockstepError):
    """A history, a file or the store is not what it must be."""


class StrategyError(LockstepError):
    """A strategy or one of its parameters is wrong."""


class BacktestError(LockstepError):
    """A run was asked for something it can't do."""


class KernelError(LockstepError):
    """A kernel can't be compiled or cached as asked."""
