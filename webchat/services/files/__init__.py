"""Files and pictures of messages: received, turned into text, and fitted into a model's context."""
