"""Showing it: what the user sees in Jupyter."""
