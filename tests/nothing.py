"""No graphs and no tools: what a server is given that shall have none of its own."""
