"""Saving what a comparison shows: one film, a sheet of stills, single frames."""
