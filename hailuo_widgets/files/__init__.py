"""Files on any disk: written whole, locked, named, and found again."""
