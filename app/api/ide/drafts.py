"""The IDE's drafts and its formatter."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from app.api import schemas
from app.api.operations import TEXT_BODY_BYTES, Api
from services import Services
from services.models import routes
from services.models.core import Draft, Source
from services.sql_format import format_sql
from services.users import current_user


def install(api: Api, services: Services) -> None:
    """Add the routes."""

    @api.operation("GET", routes.DRAFTS, "listDrafts", answer=schemas.Drafts)
    def _list() -> dict[str, Any]:
        """Read the tabs that are open in the editor."""
        return {
            "user": current_user().name,
            "drafts": [asdict(draft) for draft in services.db.drafts.get_drafts()],
        }

    @api.operation(
        "POST",
        routes.DRAFTS,
        "saveDraft",
        body=schemas.Draft,
        answer=schemas.DraftSaved,
        refuses=(422,),
        body_bytes=TEXT_BODY_BYTES,
    )
    def _save(body: schemas.Draft) -> dict[str, Any]:
        """Keep a tab of the editor.

        Optimistic locking: the tab is kept only where what is stored is of a version in `bases`; else the answer says
        what is stored.
        """
        draft = Draft(**body.model_dump(exclude={"bases"}))
        saved, stored = services.db.drafts.save_draft(draft, body.bases)
        return {"saved": saved, "draft": None if saved else asdict(stored)}

    @api.operation("DELETE", routes.DRAFT, "deleteDraft", answer=schemas.Nothing)
    def _delete(tab_id: str) -> dict[str, Any]:
        """Forget a tab of the editor; one that is not there is fine."""
        services.db.drafts.delete_draft(tab_id)
        return {}

    @api.operation(
        "POST",
        routes.FORMAT,
        "formatSql",
        body=schemas.Sql,
        answer=schemas.SqlAnswer,
        refuses=(422,),
        body_bytes=TEXT_BODY_BYTES,
    )
    def _format(body: schemas.Sql) -> dict[str, Any]:
        """Indent a statement."""
        return {"sql": format_sql(body.sql, Source(body.source))}
