"""Renders a shared conversation as an HTML page, as Markdown and as an image: values in, text or bytes out.

Uses no database, network or environment. Libraries are imported where they are used, so that they take no
memory on a server without shared links.
"""
