"""The fault laboratory: money and jobs while everything breaks. Begin with ``trial.py``."""
