"""The service's HTTP API: ask, submit, poll, upload, download."""
