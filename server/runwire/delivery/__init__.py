"""Deliveries on their way: what is due is posted to where webhooks lead."""
