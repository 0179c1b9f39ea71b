"""A sweep as it runs: many cells, one budget, one table."""
