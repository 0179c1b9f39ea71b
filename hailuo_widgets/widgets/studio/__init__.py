"""The form: a picture, a prompt, and what a run would cost."""
