"""Steps that bring a database forward."""
