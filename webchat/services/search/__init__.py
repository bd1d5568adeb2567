"""Search in messages and titles: what a person types, what is found, and how it is shown."""
