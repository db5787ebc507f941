"""The documents' code runs and prints what they show.

Each ```python block of README.md and docs/*.md is run in order, one namespace per document, in an empty folder, with a
store that holds both samples. A ```text block right behind it is what it must have printed.
"""

import re
import warnings
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from lockstep.data import Store
from lockstep.data.sample import install_real, install_synthetic

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)
DOCUMENTS = [
    path for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))] if "```python\n" in path.read_text()
]


@pytest.fixture
def sample_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("LOCKSTEP_STORE", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    store = Store()
    install_real(store)
    install_synthetic(store)
    return store


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_code_runs_and_prints_what_is_shown(document: Path, sample_store: Store) -> None:
    text, names = document.read_text(), {"__name__": "__main__"}
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start(1)) + 1
        # Padded with blank lines, so that a traceback names the document's own line.
        code = compile("\n" * (line - 1) + match[1], str(document), "exec")
        printed = StringIO()
        with redirect_stdout(printed), warnings.catch_warnings():
            exec(code, names)
        if match[2] is not None:
            assert printed.getvalue() == match[2], f"{document.name}, the block at line {line}"


def test_no_document_shows_python_that_is_not_run() -> None:
    """Every fence that names Python is one the pattern above finds."""
    for document in DOCUMENTS:
        text = document.read_text()
        assert len(re.findall(r"^ *```py", text, re.MULTILINE)) == len(BLOCK.findall(text)), document.name
