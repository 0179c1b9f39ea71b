"""Video and sound, frame by frame and sample by sample."""
