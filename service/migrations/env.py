"""Alembic's entry: runs the migrations in one transaction on the connection it is given."""

from alembic import context

from service import migrate
from service.tables import metadata

config = context.config


def run() -> None:
    """Migrate the connection handed over by `service.migrate`."""
    context.configure(
        connection=config.attributes["connection"],
        target_metadata=metadata,
        include_object=migrate.is_ours,
        compare_type=True,
        compare_server_default=False,
        render_as_batch=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
