"""What a draft would show, while the prompt is written."""
