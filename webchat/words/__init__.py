"""The words for what webchat has to say: errors, numbers and times."""
