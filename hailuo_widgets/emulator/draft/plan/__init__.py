"""From words to a shot: moves, light, air."""
