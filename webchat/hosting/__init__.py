"""Hosting: frontend build, start checks, the server process and `webchat doctor`."""
