"""How often the verdict is wrong: some of the 500 and 100 searches of `python -m benchmarks.overfitting`."""

from benchmarks.overfitting import confident, search


def total(counts: dict[str, list[int]]) -> tuple[int, int]:
    return sum(right for right, _ in counts.values()), sum(tried for _, tried in counts.values())


def test_on_pure_noise_it_warns() -> None:
    """60 searches at 3 %: 1.8 expected; six or more would happen in 1 of 100 runs."""
    false, tried = total(confident(60, planted=False))
    assert tried == 60
    assert false <= 5


def test_a_planted_effect_is_found() -> None:
    """20 searches of which at least 80 % must be found."""
    found, tried = total(confident(20, planted=True))
    assert tried == 20
    assert found >= 16


def test_noise_says_so_in_words() -> None:
    kind, report = search(0, planted=False)
    assert kind == "independent"
    assert str(report).startswith("Warning: the best of 200 trials (Sharpe ")
    assert 0.2 < report.p_value <= 1.0
    _, planted = search(0, planted=True)
    assert str(planted).startswith("Confident: the best of 200 trials (Sharpe ")
