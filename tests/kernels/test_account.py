"""What a run starts from."""

import numpy as np

from lockstep.kernels.account import End, new_account, new_holdings


def test_a_new_account_is_worth_its_cash_and_runs() -> None:
    (account,) = new_account(250.0)
    assert (account["cash"], account["equity"]) == (250.0, 250.0)
    assert account["end"] == End.RUNNING
    assert not any(account[name] for name in ("realised", "fees", "row", "orders", "pending"))


def test_new_holdings_are_flat_and_know_no_price_and_no_target() -> None:
    holdings = new_holdings(np.array([1.0, 0.0]))
    assert holdings["lot"].tolist() == [1.0, 0.0]
    assert not holdings["quantity"].any()
    for name in ("mark", "target", "pending"):
        assert np.isnan(holdings[name]).all()
