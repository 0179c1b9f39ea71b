"""Faults on demand: every quirk of the API reference by its number."""
