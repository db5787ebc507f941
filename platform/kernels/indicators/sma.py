"""Simple moving average: the rolling mean under the name it has on charts."""

from lockstep.kernels.indicators.mean import mean, mean_init, mean_warm_up

sma_warm_up = mean_warm_up
sma_init = mean_init
sma = mean
