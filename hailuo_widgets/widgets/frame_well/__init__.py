"""One picture, dropped, pasted, picked or named."""
