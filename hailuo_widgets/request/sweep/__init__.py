"""A sweep before it runs: what varies, and the request of every cell."""
