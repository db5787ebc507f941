import numpy as np
import pytest
from tests.twins.hawkes import expected_between

from lockstep.kernels.flow.frame import Hawkes, mean_rates

BASE = np.array([2.0, 5.0, 1.0])
BRANCHING = np.array(
    [
        [[0.20, 0.10, 0.05], [0.10, 0.25, 0.00], [0.30, 0.05, 0.10]],
        [[0.10, 0.20, 0.05], [0.05, 0.20, 0.10], [0.10, 0.15, 0.20]],
    ]
)
DECAY = np.array([200.0, 3.0])


@pytest.fixture(scope="module")
def arrivals():
    times, kinds = Hawkes(BASE, BRANCHING, DECAY, seed=11).simulate(300_000)
    return times, kinds


def test_one_seed_gives_the_same_arrivals_and_another_gives_others(arrivals):
    in_two = Hawkes(BASE, BRANCHING, DECAY, seed=11)
    halves = [in_two.simulate(100_000), in_two.simulate(200_000)]
    np.testing.assert_array_equal(np.concatenate([times for times, _ in halves]), arrivals[0])
    np.testing.assert_array_equal(np.concatenate([kinds for _, kinds in halves]), arrivals[1])
    assert not np.array_equal(Hawkes(BASE, BRANCHING, DECAY, seed=12).simulate(300_000)[1], arrivals[1])


def test_times_ascend(arrivals):
    assert np.all(np.diff(arrivals[0]) >= 0)


def test_mean_rates_are_those_of_the_theory(arrivals):
    # Hawkes 1971: mean (I - B')^-1 base; long-run covariance of counts (I - B')^-1 diag(mean) (I - B)^-1 per second.
    times, kinds = arrivals
    spread = np.linalg.inv(np.eye(3) - BRANCHING.sum(axis=0).T)
    mean = spread @ BASE
    seconds = 0.95 * len(times) / mean.sum()
    counts = np.bincount(kinds[times < seconds * 1e9], minlength=3)
    assert times[-1] > seconds * 1e9
    error = np.sqrt(np.diag(spread @ np.diag(mean) @ spread.T) * seconds)
    np.testing.assert_array_less(np.abs(counts - mean * seconds) / error, 3.5)
    np.testing.assert_allclose(mean_rates(BASE, BRANCHING), mean, rtol=1e-12)


def test_arrivals_cluster_as_much_as_the_theory_says(arrivals):
    times, kinds = arrivals
    window = 20.0  # seconds: many times the slower scale's third of a second
    spread = np.linalg.inv(np.eye(3) - BRANCHING.sum(axis=0).T)
    mean = spread @ BASE
    theory = np.diag(spread @ np.diag(mean) @ spread.T) / mean
    number = int(times[-1] / 1e9 // window)
    for kind in range(3):
        seconds = times[kinds == kind] / 1e9
        counts = np.bincount((seconds // window).astype(int), minlength=number)[:number]
        dispersion = counts.var() / counts.mean()
        assert dispersion > 1.5  # 1 for a Poisson process
        # Of a variance out of n counts, the relative error is about sqrt(2 / n); the finite window takes a little away.
        assert abs(dispersion / theory[kind] - 1.0) < 5.0 * np.sqrt(2.0 / number) + 0.05


def test_by_a_clock_that_runs_at_the_rate_waiting_times_are_exponential(arrivals):
    times, kinds = arrivals[0][:60_000] / 1e9, arrivals[1][:60_000]
    for found in expected_between(BASE, BRANCHING, DECAY, times, kinds):
        assert _kolmogorov(np.array(found)) < 1.63  # one in a hundred is beyond it
    # The same test knows a difference when it sees one: by a steady clock they are not.
    for kind, rate in enumerate(mean_rates(BASE, BRANCHING)):
        assert _kolmogorov(np.diff(times[kinds == kind]) * rate) > 3.0


def _kolmogorov(waits):
    """Return sqrt(n) times the largest distance between the waits' distribution and the exponential one of mean 1."""
    theory = 1.0 - np.exp(-np.sort(waits))
    number = len(waits)
    steps = np.arange(number + 1) / number
    return np.sqrt(number) * max(np.abs(theory - steps[1:]).max(), np.abs(theory - steps[:-1]).max())


def test_a_process_that_grows_without_bounds_is_refused():
    with pytest.raises(ValueError, match=r"branching ratio 1\.\d+: each arrival must cause less than one other"):
        Hawkes(BASE, 2.0 * BRANCHING, DECAY, seed=1)
