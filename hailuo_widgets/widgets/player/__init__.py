"""One clip, frame by frame."""
