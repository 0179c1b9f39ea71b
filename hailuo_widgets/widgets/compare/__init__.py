"""Clips side by side, in step."""
