"""What is painted into each frame."""
