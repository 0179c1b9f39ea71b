"""What no text for the service or the ledger may hold."""


def has_lone_surrogate(text: str) -> bool:
    """Whether a text holds half of a character: it cannot be written as UTF-8."""
    return any("\ud800" <= character <= "\udfff" for character in text)
