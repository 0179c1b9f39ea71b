"""What is asked for: frames, the prompt, and the request they make."""
