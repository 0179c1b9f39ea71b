"""A job on its way, then its clip."""
