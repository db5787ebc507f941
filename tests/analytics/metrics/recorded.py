"""Runs of other libraries, recorded once: their inputs to a statistic, and what they said of them.

Each was computed by the named version in an environment of its own; nothing here comes from our code.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lockstep.analytics.metrics import Facts
from lockstep.kernels.records import TRADE

Floats = npt.NDArray[np.float64]
HOUR_NS = 3_600_000_000_000
DAY_NS = 24 * HOUR_NS


@dataclass(frozen=True)
class Run:
    """An equity curve with all that statistics are taken of."""

    time_ns: npt.NDArray[np.int64]
    equity: Floats
    gross: Floats
    benchmark: Floats
    trades: npt.NDArray[np.void]
    facts: Facts


def trade_rows(
    time_ns: npt.NDArray[np.int64],
    entry: list[int],
    exit_: list[int],
    pnl: list[float],
    returns: list[float],
    fees: list[float],
    sizes: list[float],
    open_: list[int] | None = None,
) -> npt.NDArray[np.void]:
    rows = np.zeros(len(entry), TRADE)
    rows["entry_row"], rows["exit_row"] = entry, exit_
    rows["entry_time_ns"], rows["exit_time_ns"] = time_ns[entry], time_ns[exit_]
    rows["bars"] = rows["exit_row"] - rows["entry_row"]
    rows["pnl"], rows["return"], rows["fees"] = pnl, returns, fees
    rows["quantity"], rows["direction"] = np.abs(sizes), np.sign(sizes)
    rows["open"] = 0 if open_ is None else open_
    return rows


def vectorbt_run() -> Run:
    """Vectorbt 1.2.0: 30 daily closes, target percents 0.8, 0, 0.5, 0, 1, 0, 0.6, 0, 0.7, fees 0.1 %."""
    close = np.array([
        100.2, 101.0, 100.65, 99.07, 98.37, 96.64, 96.95, 99.78, 99.0, 97.97, 99.14, 100.05, 100.46, 98.8, 98.94,
        100.53, 98.06, 97.36, 93.92, 91.71, 88.57, 88.33, 86.29, 86.93, 87.38, 87.23, 83.11, 82.39, 82.47, 82.82,
    ])  # fmt: skip
    equity = np.array([
        10000.0, 10000.0, 9992.0, 9866.416294088423, 9810.777943368106, 9673.27173373075, 9690.20566318927,
        9690.20566318927, 9685.360560357676, 9634.951914736033, 9692.212220927606, 9731.851524346293,
        9731.851524346293, 9722.129394951344, 9735.905691664837, 9892.365061482375, 9649.311826608591,
        9570.84991269808, 9570.84991269808, 9570.84991269808, 9565.107402750462, 9549.546802237552,
        9417.281697877808, 9458.776632578905, 9482.287403237202, 9482.287403237202, 9475.649802054937,
        9418.146819847843, 9424.536040093075, 9452.488878665967,
    ])  # fmt: skip
    held = np.array([
        0.0, 0.0, 8000.0, 7874.416294088424, 7818.777943368107, 7681.2717337307495, 0.0, 0.0, 4845.102831594635,
        4794.694185972993, 4851.954492164567, 0.0, 0.0, 9722.129394951344, 9735.905691664837, 9892.365061482375,
        9649.311826608591, 0.0, 0.0, 0.0, 5742.509947618848, 5726.949347105938, 5594.684242746194, 5636.17917744729,
        0.0, 0.0, 6637.601182266041, 6580.098200058947, 6586.48742030418, 6614.440258877072,
    ])  # fmt: skip
    time_ns = (np.arange(30) + 19723) * DAY_NS  # from 2024-01-01
    trades = trade_rows(
        time_ns,
        [2, 8, 13, 20, 26],
        [6, 11, 17, 24, 29],
        [-309.79433681073056, 41.64586115702418, -161.00161164821267, -88.56250946087756, -29.798524571235465],
        [-0.03872429210134132, 0.008595454545454418, -0.01656032388663949, -0.015422264875239846,
         -0.004489351461918116],
        [8.0 + 7.705911574764034, 4.845102831594635 + 4.896490285869123, 9.722129394949661 + 9.580430343041122,
         5.742509947618848 + 5.665355303408998, 6.6376011822660415],
        [79.48335817188276, 48.94043264237005, 98.40211938209862, 64.83583547046233, 79.86525306540779],
        [0, 0, 0, 0, 1],
    )  # fmt: skip
    return Run(time_ns, equity, held, close, trades, Facts(10_000.0, DAY_NS))


VECTORBT_STATS = {
    "Start": np.datetime64("2024-01-01", "ns"),
    "End": np.datetime64("2024-01-30", "ns"),
    "Period": 30.0,
    "Start Value": 10000.0,
    "End Value": 9452.488878665969,
    "Total Return [%]": -5.475111213340324,
    "Benchmark Return [%]": -17.345309381237495,
    "Max Gross Exposure [%]": 100.0,
    "Total Fees Paid": 62.79553086351247,
    "Max Drawdown [%]": 5.827183021221917,
    "Max Drawdown Duration": 28.0,
    "Total Trades": 5,
    "Total Closed Trades": 4,
    "Total Open Trades": 1,
    "Open Trade PnL": -29.798524571235465,
    "Win Rate [%]": 25.0,
    "Best Trade [%]": 0.8595454545454418,
    "Worst Trade [%]": -3.8724292101341318,
    "Avg Winning Trade [%]": 0.8595454545454418,
    "Avg Losing Trade [%]": -2.3568960287740217,
    "Avg Winning Trade Duration": 3.0,
    "Avg Losing Trade Duration": 4.0,
    "Profit Factor": 0.07445290326331984,
    "Expectancy": -129.42814919069914,
    "Sharpe Ratio": -4.808704295171714,
    "Calmar Ratio": -8.510876968818053,
    "Omega Ratio": 0.41781587909271933,
    "Sortino Ratio": -5.330953664985508,
}
"""``Portfolio.stats()`` of that run, all 28; durations in days. Its Max Drawdown is printed without its sign."""

VECTORBT_RETURNS = {
    "Total Return [%]": -5.4751112133403446,
    "Annualized Return [%]": -49.59443776840482,
    "Annualized Volatility [%]": 14.033880925552486,
    "Calmar Ratio": -8.510876968818053,
    "Omega Ratio": 0.41781587909271933,
    "Sharpe Ratio": -4.808704295171714,
    "downside_risk": 0.1265904521509588,
    "Sortino Ratio": -5.330953664985508,
    "information_ratio": 0.3023176753720568,
    "Beta": 0.22009997491435856,
    "Alpha": -0.16230311861958724,
    "Tail Ratio": 0.37668066495123154,
    "Common Sense Ratio": 0.18986800698637954,
    "Value at Risk": -0.013941390164533997,
    "cond_value_at_risk": -0.01929280578665335,
    "capture": 0.5501303556340756,
    "up_capture": 0.11674239711884135,
    "down_capture": 0.8742369732910503,
    "ulcer_index": 0.038567008749844936,
    "martin_ratio": -12.859290719196423,
    "Skew": -0.9211691541898614,
    "Kurtosis": 3.006801553944014,
}
"""The returns accessor of that run; skew and kurtosis as its report takes them from pandas."""


def vectorbt_hourly() -> Run:
    """Vectorbt 1.2.0: an hourly equity curve from 1000, and a benchmark whose first return is zero."""
    equity = np.array([
        984.6986, 979.9942, 970.4048, 962.5558, 972.7675, 964.9121, 964.5983, 973.1291, 967.4499, 966.3693, 967.4367,
        968.0538, 956.1946, 956.9226, 969.9255, 954.9194, 963.1258, 964.2753, 958.0898, 977.2556, 984.7048, 972.8953,
        973.6203, 979.2351, 977.3864, 984.0611,
    ])  # fmt: skip
    benchmark = np.array([
        49.967, 50.301, 51.03, 50.686, 50.79, 50.555, 50.619, 50.022, 49.733, 49.635, 50.083, 50.66, 49.994, 49.599,
        49.92, 48.936, 48.71, 48.662, 49.278, 49.619, 49.456, 49.275, 49.151, 49.906, 49.693, 49.542,
    ])  # fmt: skip
    time_ns = np.arange(26) * HOUR_NS + 19786 * DAY_NS  # from 2024-03-04
    return Run(time_ns, equity, np.zeros(26), benchmark, np.zeros(0, TRADE), Facts(1000.0, HOUR_NS))


VECTORBT_HOURLY = {
    "Period": 26.0 / 24.0,
    "Total Return [%]": -1.5938899999999978,
    "Benchmark Return [%]": -0.8505613705045434,
    "Annualized Return [%]": -99.55437198429777,
    "Annualized Volatility [%]": 85.36475368484943,
    "Max Drawdown [%]": 3.0241944083194596,
    "Max Drawdown Duration": 19.0 / 24.0,
    "Sharpe Ratio": -5.929455984098712,
    "Calmar Ratio": -32.91930297550548,
    "Omega Ratio": 0.8517301067498584,
    "Sortino Ratio": -8.326784331954245,
    "Skew": 0.2387262909265831,
    "Kurtosis": -0.4046204244187666,
    "Tail Ratio": 0.8833960182007592,
    "Common Sense Ratio": 0.003936660146700521,
    "Value at Risk": -0.014538689700396772,
    "Alpha": -0.9869209747614914,
    "Beta": 0.2839884272165748,
    "information_ratio": -0.02653951815775771,
    "capture": 1.0548779157385078,
    "up_capture": 4.909490431393822e-22,
    "down_capture": 0.9999999827961314,
}


def backtesting_run() -> Run:
    """backtesting.py 0.6.6: 60 business days, six trades long and short, commission 0.2 %, two bars of warm-up."""
    close = np.array([
        100.17, 103.03, 105.69, 104.72, 104.21, 103.22, 104.5, 104.49, 106.17, 102.42, 105.79, 105.69, 107.24, 107.06,
        106.36, 107.45, 109.35, 109.02, 108.79, 110.4, 108.61, 105.47, 106.42, 105.1, 101.24, 99.71, 98.88, 96.64,
        93.9, 94.06, 95.86, 95.51, 94.19, 95.02, 96.48, 96.0, 97.15, 99.3, 98.99, 97.49, 98.27, 98.85, 101.15, 98.68,
        97.48, 95.96, 92.78, 93.11, 94.19, 92.9, 95.61, 97.29, 98.62, 99.51, 101.53, 98.96, 100.29, 101.6, 98.17,
        98.96,
    ])  # fmt: skip
    equity = np.array([
        10000.0, 10000.0, 10000.0, 10000.0, 10000.0, 10000.0, 10000.0, 10000.0, 10000.0, 10000.0, 9849.96448,
        9854.764480000002, 9780.36448, 9789.00448, 9822.604480000002, 9775.84096, 9969.069039999997,
        9942.009039999997, 9923.149039999998, 10055.169039999999, 9908.389039999998, 9650.909039999997, 9514.19428,
        9573.594279999998, 9747.294279999998, 9816.144279999999, 9853.494279999999, 9954.294279999998,
        9941.087679999999, 9941.087679999999, 9941.087679999999, 9954.0742, 9831.314199999999, 9908.504199999998,
        9946.518879999998, 9946.518879999998, 9946.518879999998, 10113.545739999998, 10085.335739999999,
        9948.835739999999, 10019.815739999998, 10072.595739999999, 10065.5032, 10065.5032, 10065.5032,
        10107.631239999999, 10269.811239999999, 10252.98124, 10247.061159999997, 10247.061159999997,
        10247.061159999997, 10370.745639999997, 10498.425639999998, 10583.865639999998, 10777.785639999998,
        10531.065639999997, 10658.745639999997, 10784.505639999996, 10455.225639999997, 10531.065639999997,
    ])  # fmt: skip
    days = np.arange(60)
    time_ns = (19359 + days // 5 * 7 + days % 5) * DAY_NS  # business days from 2023-01-02
    trades = trade_rows(
        time_ns,
        [10, 16, 22, 31, 37, 45],
        [15, 22, 28, 34, 42, 48],
        [-224.15904, -185.60208000000029, 350.8488000000001, 5.431199999999791, 118.98432000000027,
         181.55795999999987],
        [-0.04539690871974347, -0.021197227945308164, 0.0742961692395655, 0.0006135742803109311,
         0.013442171275830195, 0.036708187255104115],
        [20.15904, 34.722080000000005, 18.151200000000003, 35.4888, 35.715680000000006, 19.382040000000003],
        [-48, 82, -45, 93, 91, -51],
    )  # fmt: skip
    return Run(time_ns, equity, np.zeros(60), close, trades, Facts(10_000.0, DAY_NS, warm_up=2))


BACKTESTING = {
    "Start": np.datetime64("2023-01-02", "ns"),
    "End": np.datetime64("2023-03-24", "ns"),
    "Duration": 81.0,
    "Exposure Time [%]": 55.00000000000001,
    "Equity Final [$]": 10531.065639999997,
    "Equity Peak [$]": 10784.505639999996,
    "Commissions [$]": 163.61884000000003,
    "Return [%]": 5.310656399999971,
    "Buy & Hold Return [%]": -6.367679061406002,
    "Return (Ann.) [%]": 24.73360298553007,
    "Volatility (Ann.) [%]": 20.30037614888165,
    "CAGR [%]": 26.279692537239583,
    "Sharpe Ratio": 1.218381511955021,
    "Sortino Ratio": 2.1125309792535707,
    "Calmar Ratio": 4.597267328844581,
    "Alpha [%]": 6.289552022339014,
    "Beta": 0.1537287939450422,
    "Max. Drawdown [%]": -5.380066290760233,
    "Avg. Drawdown [%]": -2.469035108466426,
    "Max. Drawdown Duration": 26.0,
    "Avg. Drawdown Duration": 12.0,
    "# Trades": 6,
    "Win Rate [%]": 66.66666666666666,
    "Best Trade [%]": 7.42961692395655,
    "Worst Trade [%]": -4.539690871974347,
    "Avg. Trade [%]": 0.9006562372177784,
    "Max. Trade Duration": 8.0,
    "Avg. Trade Duration": 6.0,
    "Profit Factor": 1.8779446406794826,
    "Expectancy [%]": 0.9744327564293184,
    "SQN": 0.4558660950178991,
    "Kelly Criterion": 0.25076408796607774,
}
"""All 32 statistics of that run; durations in days."""


def backtesting_hourly() -> Run:
    """backtesting.py 0.6.6: 72 four-hour bars over weekends, two long trades, commission 0.1 %."""
    close = np.array([
        50.3, 49.88, 49.75, 49.57, 49.67, 50.22, 50.23, 50.69, 50.48, 50.64, 49.57, 48.86, 49.25, 48.96, 49.25, 49.51,
        50.17, 50.58, 51.1, 51.04, 50.69, 50.32, 50.07, 49.51, 49.24, 49.19, 49.32, 49.15, 48.21, 48.18, 48.29, 48.81,
        49.1, 48.78, 48.43, 49.41, 49.79, 50.71, 51.8, 51.38, 51.58, 51.81, 52.1, 52.39, 52.49, 52.59, 51.8, 51.72,
        51.33, 51.39, 51.16, 51.47, 51.9, 52.06, 52.22, 52.27, 52.04, 51.95, 51.69, 51.89, 51.9, 52.2, 51.52, 51.97,
        51.58, 51.2, 51.1, 50.81, 50.96, 50.67, 50.13, 49.71,
    ])  # fmt: skip
    equity = np.concatenate([
        [10000.0] * 4,
        [10008.11923, 10096.66923, 10098.27923, 10172.339229999998, 10138.52923, 10164.289229999998, 9992.01923,
         9877.70923, 9940.49923, 9893.809229999999, 9940.49923, 9982.359229999998, 10088.61923, 10154.629229999999,
         10238.34923, 10228.68923, 10172.339229999998],
        [10164.17814] * 10,
        [10243.42542, 10292.14542, 10238.385420000002, 10179.58542, 10344.225419999999, 10408.065419999999,
         10562.62542, 10745.74542, 10675.185420000002, 10708.78542],
        [10700.119980000001] * 31,
    ])  # fmt: skip
    time_ns = np.arange(72) * 4 * HOUR_NS + 19359 * DAY_NS  # from 2023-01-02
    trades = trade_rows(
        time_ns, [4, 31], [21, 41], [164.1781399999996, 535.9418399999998],
        [0.020571716764171872, 0.06606191758127972], [16.14186, 16.77816], [161, 168],
    )  # fmt: skip
    return Run(time_ns, equity, np.zeros(72), close, trades, Facts(10_000.0, 4 * HOUR_NS))


BACKTESTING_HOURLY = {
    "Duration": 11.0 + 20.0 / 24.0,
    "Exposure Time [%]": 40.27777777777778,
    "Equity Final [$]": 10700.119980000001,
    "Equity Peak [$]": 10745.74542,
    "Commissions [$]": 32.92002,
    "Return [%]": 7.001199800000013,
    "Buy & Hold Return [%]": -1.1729622266401518,
    "Return (Ann.) [%]": 278.0507132103379,
    "Volatility (Ann.) [%]": 94.55730624751406,
    "CAGR [%]": 707.4502749953388,
    "Sharpe Ratio": 2.9405523935137263,
    "Sortino Ratio": 26.787576854233578,
    "Calmar Ratio": 95.99925933947729,
    "Alpha [%]": 7.572765851284934,
    "Beta": 0.4872842776208761,
    "Max. Drawdown [%]": -2.896383942162317,
    "Avg. Drawdown [%]": -1.34277732010821,
    "Max. Drawdown Duration": 5.5,
    "Avg. Drawdown Duration": 2.5,
    "# Trades": 2,
    "Win Rate [%]": 100.0,
    "Best Trade [%]": 6.606191758127972,
    "Worst Trade [%]": 2.057171676417187,
    "Avg. Trade [%]": 4.3068857459962695,
    "Max. Trade Duration": 2.0 + 20.0 / 24.0,
    "Avg. Trade Duration": 2.25,
    "Profit Factor": float("nan"),
    "Expectancy [%]": 4.33168171727258,
    "SQN": 1.8832392188909217,
    "Kelly Criterion": float("nan"),
}
