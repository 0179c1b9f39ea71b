"""Shots one after another, as one film."""
