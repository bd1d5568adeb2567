"""What one owner has in the database, of every kind that a query reaches, for the tests of isolation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from webchat.messages import Usage
from webchat.storage.engine import Database
from webchat.storage.ids import new_id
from webchat.storage.queries import (
    assistant_links,
    assistants,
    conversations,
    file_lists,
    files,
    folders,
    labels,
    providers,
    saved_prompts,
    sending,
    settings,
    shares,
    stored_files,
    usage,
)
from webchat.storage.queries.sending import Send
from webchat.storage.tables import AssistantLink, Attempt, Diagram, Share, StoredFile
from webchat.storage.types import utc_now


@dataclass
class Possessions:
    """The ids of what the owner has; a query gets them from here, whoever makes it."""

    record: sending.SendRecord
    deleted: str
    provider: str
    share: str
    removed: str
    folder: str
    binned: str
    temporary: str
    prompt: str
    file: str
    unsent: str
    assistant: str
    deleted_assistant: str
    assistant_link: str

    @property
    def conversation(self) -> str:
        return self.record.conversation.id

    @property
    def message(self) -> str:
        return self.record.assistant_message.id

    @property
    def asked(self) -> str:
        return self.record.user_message.id

    @property
    def generation(self) -> str:
        return self.record.generation.id


async def give_possessions(db: Database, owner: str) -> Possessions:
    """Give an owner something of every kind."""
    async with db.write() as session:
        stored = StoredFile(hash="0" * 64, kind="picture", media_type="image/png", size=1)
        await stored_files.add(session, stored)
        file, unsent = [await files.add(session, owner, hash=stored.hash, sealed_name="x") for _ in range(2)]
        send = Send(("c-1",), "Hello", "A", "one", title="Title", files=(file.id,))
        record = await sending.record_send(session, owner, send)
        session.add(
            Attempt(
                generation_id=record.generation.id,
                owner_id=owner,
                number=1,
                provider="A",
                model="one",
                ended_at=utc_now(),
            )
        )
        drawn = Diagram(
            message_id=record.assistant_message.id, hash="0" * 64, owner_id=owner, source="pie", svg="<svg/>"
        )
        session.add(drawn)
        deleted = await conversations.create(session, owner, title="Deleted")
        await conversations.delete(session, owner, deleted.id)
        await providers.add(session, owner, kind="guide", name="First")
        provider = await providers.add(session, owner, kind="guide", name="Mine")
        await settings.set_value(session, owner, "key", 1)
        share = await shares.add(session, owner, link_to(record.conversation.id))
        removed = await providers.add(session, owner, kind="guide", name="Removed")
        await providers.mark_removed(session, owner, removed.id, utc_now() - timedelta(hours=1))
        folder = await folders.add_folder(session, owner, "Folder")
        await labels.set_folder(session, owner, [record.conversation.id], folder.id)
        await labels.add_tag(session, owner, [record.conversation.id], "tag")
        await labels.set_pinned(session, owner, [record.conversation.id], utc_now())
        binned = await sending.record_send(session, owner, Send(("c-2",), "Binned", "A", "one"))
        await conversations.delete(session, owner, binned.conversation.id)
        await conversations.create(session, owner, title="Unused")
        temporary = await conversations.create(session, owner, temporary=True)
        prompt = await saved_prompts.add(session, owner, "Translate", "Into {{language}}")
        assistant = await assistants.add(session, owner, name="Cook")
        await file_lists.put(session, owner, file_lists.ASSISTANT, assistant.id, [file.id])
        await file_lists.put(session, owner, file_lists.CONVERSATION, record.conversation.id, [file.id])
        deleted_assistant = await assistants.add(session, owner, name="Gone")
        await assistants.delete(session, owner, deleted_assistant.id, utc_now())
        assistant_link = await assistant_links.add(session, owner, assistant_link_to(assistant.id))
        await usage.count_start(session, owner, "A", "one", now=utc_now())
        await usage.count_answer(session, owner, "A", "one", now=utc_now())
        await usage.count_tokens(session, owner, "A", "one", Usage(1, 1), now=utc_now())
    folder_id, binned_id = folder.id, binned.conversation.id
    return Possessions(
        record,
        deleted.id,
        provider.id,
        share.id,
        removed.id,
        folder_id,
        binned_id,
        temporary.id,
        prompt,
        file.id,
        unsent.id,
        assistant.id,
        deleted_assistant.id,
        assistant_link.id,
    )


def link_to(conversation_id: str) -> Share:
    return Share(
        owner_id="",
        conversation_id=conversation_id,
        token_hash=new_id(),
        sealed_token="x",
        title="x",
        snapshot="{}",
    )


def assistant_link_to(assistant_id: str) -> AssistantLink:
    return AssistantLink(
        owner_id="", assistant_id=assistant_id, token_hash=new_id(), sealed_token="x", copy_json="{}"
    )
