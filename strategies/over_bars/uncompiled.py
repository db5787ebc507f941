"""Why a step can't be compiled, in the words of whoever wrote it: the line, what stands there, the cure.

numba's report names its own passes and opcodes; what people write most often is recognised in it.
"""

import linecache
import re
from types import CodeType

_KNOWN = (
    (r"opcode \(IMPORT_NAME\)", "an import inside a step: write it at the top of the file"),
    (
        r"exception_match|Exception object cannot be stored",
        "an exception is caught by its kind, but arithmetic raises none in compiled code (1.0 / 0.0 is inf): "
        "choose with where(...) instead of try",
    ),
    (r"Unsupported context manager", "a with statement: leave it out"),
    (r"opcode \(LOAD_BUILD_CLASS\)", "a class is defined inside a step: define it at the top of the file"),
    (r"opcode \(STORE_GLOBAL\)", "a global variable is set: what must be remembered is kept in the state"),
    (r"use of yield in a closure", "a generator expression: write a loop"),
    (r"f-strings not supported", "text is formatted: a step computes numbers, look at them in the result afterwards"),
    (
        r"Unknown attribute '(?P<what>\w+)' of type Module\(<module '(?P<module>[\w.]+)'",
        "{module}.{what} is not available in compiled code: compute it before the run and hand it in as a column "
        "(columns = (...), bar.extra)",
    ),
    (
        r"Untyped global name '(?P<name>\w+)'.*?<class '(?P<kind>[\w.]+)'>",
        "{name} is of type {kind}, which compiled code can't read: make it a number, a tuple, an array or a NamedTuple",
    ),
    (r"Cannot unify ", "values of several types meet here: make them one, nan where there is no value"),
)
"""What numba's report says -> what it means and the cure, filled in with what the pattern found."""
_ELSE = "use arithmetic, comparisons and the operations of docs/strategies.md"
_PLACE = re.compile(r'File "([^"]+)", line (\d+)|(\S+) \((\d+)\)')


def why(error: Exception, step: CodeType) -> str:
    """Return the line of a step that numba refuses and what to write instead; numba's words where it is not known."""
    report = str(error)
    for pattern, words in _KNOWN:
        if found := re.search(pattern, report, re.DOTALL):
            return _place(report, step) + words.format(**found.groupdict())
    return f"{_place(report, step)}{_first_sentence(report)}; {_ELSE}"


def _place(report: str, step: CodeType) -> str:
    """Return the innermost line of the step's file that the report names."""
    file = step.co_filename.rpartition("/")[2]
    for quoted, quoted_line, bare, bare_line in _PLACE.findall(report):
        if (quoted or bare).rpartition("/")[2] == file:
            number = int(quoted_line or bare_line)
            text = linecache.getline(step.co_filename, number).strip()
            return f"line {number} of {file}" + (f", `{text}`: " if text else ": ")
    return ""


def _first_sentence(report: str) -> str:
    """Return the first line that says something, without the folders of the files it names."""
    lines = [line.strip() for line in report.splitlines() if line.strip()]
    said = next((line for line in lines if not line.startswith(("Failed in", "During", "-", "Invalid use"))), lines[0])
    return re.sub(r"[^\s\"]*/", "", said.partition(" Raised from ")[0]).rstrip(".")
