"""docs/risk.md lists every code and every limit, and no other."""

import json
import re
from dataclasses import fields
from pathlib import Path

from lockstep.kernels.risk.codes import RiskCode
from lockstep.kernels.risk.settings import RiskLimits

TEXT = (Path(__file__).parents[2] / "docs" / "risk.md").read_text()


def test_every_code_stands_in_the_table_with_its_number() -> None:
    rows = re.findall(r"^\| (\d+) \| ([A-Z_]+) \|", TEXT, re.MULTILINE)
    assert [(int(number), name) for number, name in rows] == [(code.value, code.name) for code in RiskCode]


def test_every_limit_stands_in_the_table_with_its_key() -> None:
    table = TEXT[TEXT.index("| key |") : TEXT.index("The reference of the collar")]
    keys = {key for row in table.strip().splitlines() for key in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert keys == {re.sub(r"_([a-z])", lambda m: m[1].upper(), field.name) for field in fields(RiskLimits)}


def test_the_limits_shown_as_json_are_read() -> None:
    shown = re.search(r"```json\n(.*?)```", TEXT, re.DOTALL)
    assert shown is not None
    assert RiskLimits.from_mapping(json.loads(shown[1])).max_symbol_exposure == 50_000
