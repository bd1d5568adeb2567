"""The pages: chat, history and settings."""
