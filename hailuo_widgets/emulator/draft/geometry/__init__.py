"""Arrays, boxes and the camera's path."""
