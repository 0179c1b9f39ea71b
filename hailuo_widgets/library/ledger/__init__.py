"""The ledger: requests, jobs, states and money, in one SQLite file."""
