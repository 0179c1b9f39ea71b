"""Where a clip comes from, kept inside its own file."""
