"""Asking for it: from a request to a clip, exactly once."""
