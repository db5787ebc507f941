"""The seed of a generated market, as its source's name has it: whoever tells of a session need not load its source."""

SEED = 7
"""Where the name says none."""


def seed_of(source: str) -> int | None:
    """Return the seed in a name such as synthetic:11@2x; None for a source that is not generated."""
    kind, _, rest = source.partition("@")[0].partition(":")
    return int(rest or SEED) if kind == "synthetic" and (not rest or rest.isdecimal()) else None
