"""Runs migrations on the connection that the database opened."""

from alembic import context

from runwire.stores.columns import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
