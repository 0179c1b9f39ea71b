"""Media files as containers: what a file is, how it is opened, read safely and written."""
