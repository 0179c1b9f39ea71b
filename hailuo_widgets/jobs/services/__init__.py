"""The services that can be asked: which one is connected, and what it costs."""
