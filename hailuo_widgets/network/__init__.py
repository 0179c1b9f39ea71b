"""The way out of this machine: addresses, proxies, certificates, and why a connection failed."""
