"""Parsers for exports of chat apps: from a file to trees of messages. They know no database."""
