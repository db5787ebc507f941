"""A promotion is a value that survives a file, shows any edit and refuses other code than its own."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lockstep.errors import PromotionError, StrategyError
from lockstep.strategies import EmaCross, Promotion, StrategyManager
from lockstep.strategies.code_version import code_version
from lockstep.strategies.files import load_file

SOURCE = "from lockstep.strategies import MeanReversion\n\n\nclass Mine(MeanReversion):\n    LEVEL = {level}\n"
SOURCE += "\n    @staticmethod\n    def warm_up(params):\n        return {level}\n"


def promotion(**changes: Any) -> Promotion:
    values: dict[str, Any] = {
        "strategy_name": "ema_cross", "title": "EMA Cross Strategy",
        "reference": "lockstep.strategies.ema_cross:EmaCross", "code": code_version(EmaCross),
        "parameters": {"fast": 5, "slow": 20, "short": False},
        "data": {"dataset": "d", "symbols": ["A"], "span": [0, 1], "data_hash": "ab"},
        "settings": {"cash": 1000.0, "commission": 0.001}, "needs": (), "metrics": {"sharpe": 1.25, "sortino": None},
        "report": {"verdict": "doubtful", "sentences": ["Doubtful: as good is found often."]},
        "certificate": {"verdict": "pass"}, "remarks": (), "created_from": {"trials": 12},
        "versions": {"python": "3.11.1"},
    }  # fmt: skip
    return Promotion(**{**values, **changes})


def test_a_file_brings_it_back(tmp_path: Path) -> None:
    made = promotion()
    path = made.save(tmp_path / "new folder" / "best.json")
    found = Promotion.load(path)
    assert found == made
    assert found.hash == made.hash
    assert found.strategy() == EmaCross(fast=5, slow=20, short=False)
    assert (found.verdict, found.certified) == ("doubtful", True)
    assert [entry.name for entry in path.parent.iterdir()] == ["best.json"]


def test_the_hash_is_of_the_values_not_of_their_order() -> None:
    made = promotion()
    assert replace(made, parameters={"short": False, "slow": 20, "fast": 5}).hash == made.hash
    assert replace(made, parameters={"short": False, "slow": 20, "fast": 6}).hash != made.hash
    assert hash(made) == hash(promotion())


def test_it_keeps_no_hold_on_what_it_was_given() -> None:
    given = {"fast": 5, "slow": 20, "short": False}
    made = promotion(parameters=given)
    given["fast"] = 6
    assert made.parameters["fast"] == 5


@pytest.mark.parametrize("key", ["parameters", "settings", "metrics", "report", "certificate", "code", "remarks"])
def test_an_edit_is_refused(tmp_path: Path, key: str) -> None:
    path = promotion().save(tmp_path / "best.json")
    document = json.loads(path.read_text())
    document[key] = {"fast": 6} if isinstance(document[key], dict) else ["x"]
    path.write_text(json.dumps(document))
    with pytest.raises(PromotionError, match="was changed after it was written"):
        Promotion.load(path)


def test_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "best.json"
    path.write_text(json.dumps(promotion().to_dict() | {"format": 99}))
    with pytest.raises(PromotionError, match="format 99, this version reads 1"):
        Promotion.load(path)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "\xff", '{"format": 1}'])
def test_what_is_no_promotion_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "best.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(PromotionError, match="expected a promotion"):
        Promotion.load(path)
    with pytest.raises(PromotionError, match="can't read the promotion"):
        Promotion.load(tmp_path / "none.json")


def test_a_document_with_other_keys_is_not_whole() -> None:
    from lockstep.strategies.promotion import _hash

    body = {key: value for key, value in promotion().to_dict().items() if key not in ("hash", "metrics")}
    with pytest.raises(PromotionError, match="metrics missing"):
        Promotion.from_dict({**body, "hash": _hash(body)})


def test_code_that_changed_is_refused_by_name_of_both(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(SOURCE.format(level=5))
    kind = load_file(str(file))
    made = promotion(
        strategy_name="mine", reference=f"{file}:Mine", code=code_version(kind), parameters=kind().params._asdict()
    )
    path = made.save(tmp_path / "best.json")
    assert Promotion.load(path).strategy() == kind()
    file.write_text(SOURCE.format(level=6))
    with pytest.raises(PromotionError, match=f"promoted is {made.code[:16]}, found [0-9a-f]{{16}} in .*mine.py:Mine"):
        Promotion.load(path)
    found = Promotion.load(path, allow_changed=True)
    with pytest.raises(PromotionError, match="allow_changed=True"):
        found.strategy()
    assert found.strategy(allow_changed=True).warm_up(None) == 6


def test_a_class_that_nothing_finds_is_given(tmp_path: Path) -> None:
    path = promotion(reference="__main__:EmaCross").save(tmp_path / "best.json")
    with pytest.raises(StrategyError, match=r"Promotion.load\(path, strategy=...\)"):
        Promotion.load(path)
    assert Promotion.load(path, strategy=EmaCross).strategy() == EmaCross(fast=5, slow=20, short=False)
    from lockstep.strategies import Rsi

    with pytest.raises(PromotionError, match="has changed"):
        Promotion.load(path, strategy=Rsi)


def test_values_that_json_lacks_are_refused() -> None:
    with pytest.raises(PromotionError, match="plain values"):
        promotion(metrics={"sharpe": float("nan")})


def test_a_place_that_can_t_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(PromotionError, match="can't be written"):
        promotion().save(tmp_path)


def test_a_manager_takes_it_and_remembers_it() -> None:
    made = promotion()
    entry = StrategyManager(["A"]).register(made, allocation=0.5)
    assert (entry.strategy, entry.promotion) == (EmaCross(fast=5, slow=20, short=False), made)
    with pytest.raises(PromotionError, match="has changed"):
        StrategyManager(["A"]).register(promotion(code="0" * 64))


def test_it_says_what_it_is_worth() -> None:
    said = str(promotion(certificate={"verdict": "leak"}, remarks=("don't trade this",)))
    for words in ("fast=5", "Doubtful", "FAILED, it reads the future", "don't trade this"):
        assert words in said
    assert "not judged" in str(promotion(report=None, certificate=None))
