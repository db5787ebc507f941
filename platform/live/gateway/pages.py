"""Long lists, a page at a time: a cursor names the last entry of the page before."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from lockstep.live.gateway.problems import Problem

Entry = TypeVar("Entry")
Page = dict[str, Any]


def page_of(
    name: str, entries: Iterable[Entry], limit: int, cursor: str | None, id_of: Callable[[Entry], str],
    told: Callable[[Entry], Any],
) -> Page:  # fmt: skip
    """Return at most ``limit`` entries behind the cursor's, and the cursor of the next page where there is one.

    Raises ``Problem`` for a cursor that names none of them.
    """
    page: list[Entry] = []
    going, more = cursor is None, False
    for entry in entries:
        if not going:
            going = id_of(entry) == cursor
        elif len(page) == limit:
            more = True
            break
        else:
            page.append(entry)
    if not going:
        raise Problem(400, "BAD_CURSOR", f"{cursor!r} is no cursor of this list: begin without one")
    return {name: [told(entry) for entry in page], "next": id_of(page[-1]) if more else None}
