"""Pictures as something a camera can move through."""
