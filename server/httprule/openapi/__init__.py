"""OpenAPI 3.1 documents made from services, their HTTP rules and their comments."""
