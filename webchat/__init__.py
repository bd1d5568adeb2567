"""webchat: a self-hosted chat web app that never loses a word."""
