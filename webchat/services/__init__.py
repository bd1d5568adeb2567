"""What the app does: generations, sending, history, preferences, model catalogue."""
