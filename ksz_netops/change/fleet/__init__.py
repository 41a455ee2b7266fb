"""One change on many hubs: apply, converge, recover, and the journal behind them."""
