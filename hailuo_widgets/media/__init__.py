"""Frames, clips and posters as files."""
