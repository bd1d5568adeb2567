"""Tables, engine, migrations and queries; knows nothing of Reflex or providers."""
