"""What a prompt says: camera commands, plain wordings, and what to know before sending it."""
