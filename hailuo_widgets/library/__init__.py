"""Keeping it: the ledger, the media and the budget."""
