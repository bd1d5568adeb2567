"""The files of an assistant, which the conversations begun with it get copies of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from webchat.services.assistants.values import MAX_FILES, MAX_FILES_SIZE
from webchat.services.errors import AssistantInvalid, FileRefused
from webchat.services.files.limits import MAX_TOKENS, checked_tokens
from webchat.storage.engine import Session
from webchat.storage.queries import file_lists, files
from webchat.storage.queries.files import OwnedFile


def checked_ids(ids: object) -> list[str]:
    """The ids of files, without repetitions.

    Raises:
        AssistantInvalid: there are too many, or they are no ids.
    """
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise AssistantInvalid("files_gone")
    found = list(dict.fromkeys(ids))
    if len(found) > MAX_FILES:
        raise AssistantInvalid("files_too_many", limit=MAX_FILES)
    return found


def checked_cuts(cuts: object) -> dict[str, int | None]:
    """How many tokens of files models get, by the ids of the files; None for all.

    Raises:
        FileRefused: something else is no number of tokens.
    """
    found = dict(cuts) if isinstance(cuts, Mapping) else {}
    if any(tokens is not None and checked_tokens(tokens) is None for tokens in found.values()):
        raise FileRefused("limit", limit=MAX_TOKENS)
    return found


def check_size(found: Sequence[OwnedFile]) -> None:
    """Make sure that the files are not too large together.

    Raises:
        AssistantInvalid: they are.
    """
    if sum(each.stored.size for each in found) > MAX_FILES_SIZE:
        raise AssistantInvalid("files_too_large", limit=MAX_FILES_SIZE)


async def files_of(session: Session, owner_id: str, assistant_id: str) -> list[OwnedFile]:
    """The files of one of the owner's assistants."""
    return await file_lists.get(session, owner_id, file_lists.ASSISTANT, assistant_id)


async def put(
    session: Session,
    owner_id: str,
    assistant_id: str,
    ids: Sequence[str],
    cuts: Mapping[str, int | None],
) -> None:
    """Make these of the owner's files those of an assistant, and cut those of them that `cuts` names.

    Raises:
        AssistantInvalid: the owner does not have one of them, or they are too large; the transaction must be
            undone.
    """
    found = await files.get_many(session, owner_id, ids)
    if len(found) < len(ids):
        raise AssistantInvalid("files_gone")
    check_size(found)
    await file_lists.put(session, owner_id, file_lists.ASSISTANT, assistant_id, ids)
    for each in found:
        if each.file.id in cuts and each.file.kept_tokens != cuts[each.file.id]:
            await files.limit(session, owner_id, each.file.id, cuts[each.file.id])


async def hand_on(session: Session, owner_id: str, found: Sequence[OwnedFile], assistant_id: str) -> None:
    """Give copies of files, which may be somebody else's, to one of the owner's assistants."""
    await file_lists.hand_on(session, owner_id, found, file_lists.ASSISTANT, assistant_id)
