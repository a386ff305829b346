"""Alembic's entry: it runs inside the transaction that alerts/store/migrate.py opened."""

from alembic import context

from alerts.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
