"""Clips under one playhead, and the small frames that are shown while it is dragged."""
