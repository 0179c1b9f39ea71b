"""Frames as clips, stills and previews."""
