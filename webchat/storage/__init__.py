"""Tables, engine, migrations and queries. Does not depend on Reflex or the providers."""
