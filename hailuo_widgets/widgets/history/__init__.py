"""Everything in the library."""
