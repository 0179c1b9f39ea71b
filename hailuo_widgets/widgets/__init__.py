"""Showing it: what a person sees in Jupyter."""
