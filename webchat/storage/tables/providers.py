"""The providers that people and administrators have set up."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Index, String, text
from sqlmodel import Field

from webchat.storage.tables.base import Table, later, new_row_id, owner
from webchat.storage.types import CleanText, Origin, OriginType


class ProviderSetting(Table, table=True):
    """A provider as configured by one owner. `secret` is the API key, encrypted by `Secrets`."""

    __tablename__: ClassVar[str] = "provider_setting"
    __table_args__ = (Index(None, "owner_id", "name", unique=True, sqlite_where=text("deleted_at IS NULL")),)

    id: str = new_row_id()
    owner_id: str = owner()
    kind: str = Field(sa_type=String(64))
    name: str = Field(sa_type=CleanText)
    """Shown to users, and the part of a model id before the colon; unique per owner."""
    former_names: list[str] = Field(default_factory=list, sa_type=JSON)
    """Its earlier names, oldest first; model ids with these names still refer to it."""
    base_url: str = Field(default="", sa_type=CleanText)
    secret: str | None = Field(default=None, sa_type=CleanText)
    enabled: bool = True
    position: int = 0
    models: list[str] = Field(default_factory=list, sa_type=JSON)
    """The names that the provider lists."""
    model_facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What differs from the defaults, by name: `context`, `loaded`, `for_chat`, `sees` and `reasons`."""
    model_choice: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """The user's settings for the models; see `webchat.services.catalogue.offered_models`."""
    models_refreshed_at: datetime | None = later()
    origin: Origin = Field(default=Origin.PERSON, sa_type=OriginType)
    options: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    deleted_at: datetime | None = later()
    """When it was removed; it is kept for a while so that this can be undone."""
