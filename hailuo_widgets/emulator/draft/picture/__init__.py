"""A photograph taken apart: layers, and what they hide."""
