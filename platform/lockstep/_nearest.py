"""What was probably meant by a name that is none."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """Return the end of an error's sentence, "; did you mean 'fast'?", or nothing where no known name is near.

    ``likeness`` is from 0 to 1, where names are the same.
    """
    near = get_close_matches(name, list(known), 1, likeness)
    return f"; did you mean {near[0]!r}?" if near else ""
