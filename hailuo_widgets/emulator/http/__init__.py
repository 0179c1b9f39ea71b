"""The emulator on the wire: who may come in, and what goes back."""
