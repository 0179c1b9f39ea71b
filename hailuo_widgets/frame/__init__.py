"""A start or end image: read from anywhere, judged by the service's rules, fixed on request."""
