"""Share links, the copies behind them, and who may read them."""
