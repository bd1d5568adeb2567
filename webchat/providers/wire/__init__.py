"""HTTP and the wire formats: bytes in, typed events and errors out."""
