"""The service, locally: same paths, same answers, free drafts, faults on demand."""
