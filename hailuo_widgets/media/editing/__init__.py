"""New films and pictures made of clips."""
