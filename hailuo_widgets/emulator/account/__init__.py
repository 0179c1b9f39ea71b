"""One emulated account: what it remembers, renders and bills."""
