"""The parts that say what stays stored, and delete the rest."""

from runwire.app.artifacts import ArtifactShelf
from runwire.app.new_ids import NewIds
from runwire.app.pruning import Archive
from runwire.clock import now
from runwire.config import Settings
from runwire.domain.artifact import ArtifactId
from runwire.domain.ports import RunStore
from runwire.engine.chores import Discarder
from runwire.engine.registry import Registry
from runwire.stores.artifacts import SqlArtifactStore
from runwire.stores.blobs import ObjectBlobStore
from runwire.stores.database import Database
from runwire.stores.graphs import SqlGraphStore
from runwire.stores.retention import SqlRetention
from runwire.stores.storage import SqlStorageStore


def keeping_of(
    settings: Settings, database: Database, registry: Registry, runs: RunStore, new_ids: NewIds
) -> tuple[ArtifactShelf, Archive]:
    """Return what keeps artifacts, and what keeps and deletes runs."""
    shelf = shelf_of(settings, database, runs, new_ids)
    return shelf, archive_of(settings, database, registry)


def archive_of(settings: Settings, database: Database, registry: Registry) -> Archive:
    """Return what keeps and deletes runs."""
    return Archive(
        retention=SqlRetention(database),
        storage=SqlStorageStore(database),
        policy=settings.retention_policy,
        graphs=registry,
        definitions=SqlGraphStore(database),
        now=now,
    )


def discarder_of(
    settings: Settings, database: Database, shelf: ArtifactShelf, archive: Archive
) -> Discarder:
    """Return what deletes from time to time."""
    return Discarder(
        retention=SqlRetention(database),
        prune=archive.keep,
        sweep_artifacts=shelf.sweep,
        now=now,
        delta_retention_seconds=settings.delta_retention_seconds,
        retention_seconds=archive.policy.shortest_seconds,
    )


def shelf_of(
    settings: Settings, database: Database, runs: RunStore, new_ids: NewIds
) -> ArtifactShelf:
    """Return what keeps artifacts."""
    return ArtifactShelf(
        artifacts=SqlArtifactStore(database),
        blobs=ObjectBlobStore.open(settings.artifacts_url, now=now),
        runs=runs,
        now=now,
        new_id=lambda: ArtifactId(new_ids.uuid()),
    )
