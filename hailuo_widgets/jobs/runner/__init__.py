"""How a job runs: wait for a slot, submit, poll, download, finish."""
