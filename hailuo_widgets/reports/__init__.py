"""Handing it on: a notebook as one page that plays, or as a PDF."""
