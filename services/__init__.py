"""What the product does; knows nothing of Dash or Flask.

Built once by `build` and handed to the app. Clients and connections are made inside calls, never at import.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from inventory_runner import engines
from inventory_runner.platform import database
from inventory_runner.platform.workspace import complete_address
from services import job_service
from services.ai_service import AIService
from services.ai_service.answering import AnswerPlaces
from services.ai_service.tools import InventoryTools
from services.cache import Cache, NoCache
from services.db import DatabaseService
from services.inbox_service import InboxService, SinceService
from services.inventory_service import InventoryService
from services.inventory_service.downloads import Downloads
from services.inventory_service.records import PageRecords
from services.inventory_sql import InventoryEngine, InventoryReader
from services.lazy_engine import LazyEngine
from services.metadata_service import MetadataService
from services.owner_service import OwnerService
from services.program_check import ProgramCheck
from services.query_service import QueryService, folders
from services.sample_history import SampleHistory
from services.schedule_service import ScheduleService
from services.secret_service import SecretService
from services.secret_service.checks import ProviderTests
from services.settings import Settings
from services.watch_service import WatchService


@dataclass(frozen=True)
class Services:
    """The services that callbacks and routes use."""

    db: DatabaseService
    secrets: SecretService
    provider_tests: ProviderTests
    jobs: job_service.JobService
    # the one that INVENTORY_ENGINE names
    engine: LazyEngine
    program: ProgramCheck
    queries: QueryService
    metadata: MetadataService
    schedules: ScheduleService
    ai: AIService
    inventory: InventoryService
    owners: OwnerService
    inbox: InboxService
    since: SinceService
    sample_history: SampleHistory
    watches: WatchService

    def close(self) -> None:
        """End the child processes of the engine; safe to call twice."""
        self.engine.close()


def build(engine: sa.Engine, settings: Settings, cache: Cache | None = None) -> Services:
    """Wire the services onto one database engine, and one cache; without one nothing is kept in memory."""
    cache = cache or NoCache()
    db = DatabaseService(engine)
    query_engine = LazyEngine(lambda: engines.create(settings))
    secrets = SecretService(db.providers, db.queries, db.schedules, settings)
    history = SampleHistory(settings.inventory_data_dir if settings.sample else None)
    jobs = job_service.create(engine, settings, history)
    inventory_engine = InventoryEngine(
        InventoryReader(lambda: database.find_target(settings), settings.inventory_reader_url)
    )
    downloads = Downloads(folders.find_root(settings, "downloads"))
    queries = QueryService(
        db.queries,
        db.history,
        query_engine,
        folder=folders.find_root(settings),
        limits=folders.Limits.from_settings(settings),
        credentials=lambda providers: secrets.resolve_for(list(providers)),
        downloads=downloads,
        inventory=inventory_engine,
    )
    inventory = InventoryService(
        PageRecords.of(db),
        history.clock,
        catalog=settings.inventory_catalog,
        workspace=complete_address(settings.databricks_host),
        cache=cache,
        downloads=downloads,
        promised_by=history.read_last_whole_day,
    )
    watches = WatchService(db.watches, db.saved_views, inventory_engine)
    inbox = InboxService(db.inbox, inventory, watches.list_entries, history.clock)
    metadata = MetadataService(query_engine, secrets.list_providers_with_credentials, cache=cache)
    return Services(
        db=db,
        secrets=secrets,
        provider_tests=ProviderTests(queries.runner, secrets.sample),
        jobs=jobs,
        engine=query_engine,
        program=ProgramCheck(query_engine),
        queries=queries,
        metadata=metadata,
        ai=AIService(
            secrets.resolve_model_key,
            secrets.model_key_exists,
            query_engine,
            metadata,
            settings.anthropic_model,
            secrets.list_providers_with_credentials,
            settings.model_key_scope,
            AnswerPlaces(folders.find_root(settings, "answers"), settings.inventory_answers_per_user),
            InventoryTools(inventory_engine, db.queryable.list_tables),
        ),
        schedules=ScheduleService(
            db.schedules,
            db.queries,
            db.runs,
            db.history,
            jobs,
            queries,
            query_engine,
            settings.schemas,
            settings.inventory_run_days,
        ),
        inventory=inventory,
        owners=OwnerService(db.owners),
        inbox=inbox,
        since=SinceService(db.visits, db.changes, inbox),
        sample_history=history,
        watches=watches,
    )
