"""The version, in a module of its own: every layer may read it without seeing the package's surface."""

__version__ = "0.1.0"
