"""Errors raised by the services. Their messages are in `webchat.words.service_errors`.

```
ServiceError
├── NotSignedIn
├── NotAllowed
├── SignInRefused
├── TooManySignIns
├── AccountInvalid
├── AccountLinkInvalid
├── PasskeyInvalid
├── PromptEmpty
├── PromptTooLong
├── PromptWithoutId
├── TitleInvalid
├── ParameterInvalid
├── ModelUnknown
├── ComparisonInvalid
├── RepeatInvalid
├── ModelNotAllowed
├── LimitReached
├── LimitInvalid
├── AdvancedInvalid
├── NothingToContinue
├── ProviderInvalid
├── SearchInvalid
├── ShareInvalid
├── CollectionInvalid
├── SavedPromptInvalid
├── ShortcutInvalid
├── PassphraseWrong
├── TooManyPassphraseAttempts
├── TooManyCopies
├── TooOften
├── PageNotMade
├── ImportProblem
├── ImportRefused
├── FileRefused
├── FileUnread
└── PicturesNotTaken
```
"""

from __future__ import annotations

from typing import Any

from webchat.errors import WebchatError


class ServiceError(WebchatError):
    """Base class for requests that a service rejects. Nothing was changed."""


class NotSignedIn(ServiceError):
    """Nobody known is asking."""

    code = "not_signed_in"


class NotAllowed(ServiceError):
    """Only administrators may do this."""

    code = "not_allowed"


class SignInRefused(ServiceError):
    """The username, the password or the passkey is wrong, or the account is disabled."""

    code = "sign_in_refused"


class TooManySignIns(ServiceError):
    """Too many wrong passwords and passkeys. `wait` is in seconds."""

    code = "too_many_sign_ins"

    def __init__(self, wait: float) -> None:
        super().__init__(wait=wait)
        self.wait = wait


class AccountInvalid(ServiceError):
    """An account cannot be made or changed as requested."""

    code = "account_invalid"


class AccountLinkInvalid(ServiceError):
    """A link for setting up webchat, or of an invitation, does not work or no longer does."""

    code = "account_link_invalid"


class PasskeyInvalid(ServiceError):
    """A passkey cannot be added, used or changed as requested."""

    code = "passkey_invalid"


class PromptEmpty(ServiceError):
    """There is nothing to send."""

    code = "prompt_empty"


class PromptTooLong(ServiceError):
    """The text is too large to send. `size` and `limit` are in bytes of UTF-8."""

    code = "prompt_too_long"

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(size=size, limit=limit)
        self.size = size
        self.limit = limit


class PromptWithoutId(ServiceError):
    """A message came without a valid id, so that sending it again would not be recognised."""

    code = "prompt_without_id"


class TitleInvalid(ServiceError):
    """A title is empty or too long."""

    code = "title_invalid"


class ParameterInvalid(ServiceError):
    """A temperature or another parameter is out of range."""

    code = "parameter_invalid"


class AdvancedInvalid(ServiceError):
    """An advanced parameter cannot be accepted. `field` names it."""

    code = "advanced_invalid"

    def __init__(self, reason: str, field: str, **details: Any) -> None:
        super().__init__(reason, **details)
        self.field = field


class ModelUnknown(ServiceError):
    """No enabled provider has this model."""

    code = "model_unknown"

    def __init__(self, model: str) -> None:
        super().__init__(model=model)
        self.model = model


class ComparisonInvalid(ServiceError):
    """Answers cannot be compared as requested."""

    code = "comparison_invalid"


class RepeatInvalid(ServiceError):
    """A conversation cannot be repeated."""

    code = "repeat_invalid"


class ModelNotAllowed(ServiceError):
    """Administrators have not allowed members to use this model."""

    code = "model_not_allowed"

    def __init__(self, model: str) -> None:
        super().__init__(model=model)
        self.model = model


class LimitReached(ServiceError):
    """A member has used what administrators allow in a day or a month; the reason says which limit.

    `ends` is the day, in UTC, from which on they can send again.
    """

    code = "limit_reached"


class LimitInvalid(ServiceError):
    """A limit of members cannot be accepted."""

    code = "limit_invalid"


class NothingToContinue(ServiceError):
    """The answer is complete."""

    code = "nothing_to_continue"


class ProviderInvalid(ServiceError):
    """A provider cannot be saved as entered. `field` names the invalid field of `Details`, if it is a single
    one."""

    code = "provider_invalid"

    def __init__(self, reason: str, field: str = "", **details: Any) -> None:
        super().__init__(reason, **details)
        self.field = field


class SearchInvalid(ServiceError):
    """The text in the search field cannot be searched for."""

    code = "search_invalid"


class ShareInvalid(ServiceError):
    """A conversation cannot be shared as requested."""

    code = "share_invalid"


class CollectionInvalid(ServiceError):
    """A folder, a tag or a choice of conversations cannot be accepted as requested."""

    code = "collection_invalid"


class SavedPromptInvalid(ServiceError):
    """A saved prompt, or a file of them, cannot be accepted."""

    code = "saved_prompt_invalid"


class DiagramInvalid(ServiceError):
    """A drawn diagram cannot be accepted."""

    code = "diagram_invalid"


class AssistantInvalid(ServiceError):
    """An assistant, or a file of them, cannot be accepted."""

    code = "assistant_invalid"


class ShortcutInvalid(ServiceError):
    """A keyboard shortcut cannot be saved."""

    code = "shortcut_invalid"


class PassphraseWrong(ServiceError):
    """The passphrase of a shared conversation is wrong."""

    code = "passphrase_wrong"


class TooManyPassphraseAttempts(ServiceError):
    """Too many wrong passphrases. `wait` is in seconds."""

    code = "too_many_passphrase_attempts"

    def __init__(self, wait: float) -> None:
        super().__init__(wait=wait)
        self.wait = wait


class TooManyCopies(ServiceError):
    """A shared conversation was continued too often. `wait` is in seconds."""

    code = "too_many_copies"

    def __init__(self, wait: float) -> None:
        super().__init__(wait=wait)
        self.wait = wait


class TooOften(ServiceError):
    """Something was done too often in a short time; the reason says what. `wait` is in seconds."""

    code = "too_often"

    def __init__(self, reason: str, wait: float) -> None:
        super().__init__(reason, wait=wait)
        self.wait = wait


class PageNotMade(ServiceError):
    """The page of a shared conversation could not be rendered."""

    code = "page_not_made"
    wait = 10.0
    """Seconds to wait before trying again."""


class ImportProblem(ServiceError):
    """A file or a conversation in it cannot be imported. It ends up in the report of the import."""

    code = "import_problem"


class ImportRefused(ServiceError):
    """An import cannot be started."""

    code = "import_refused"


class FileRefused(ServiceError):
    """A file cannot be attached. Nothing of it was kept."""

    code = "file_refused"


class FileUnread(ServiceError):
    """A document could not be turned into text, or not all of it. It is stored with the document."""

    code = "file_unread"


class PicturesNotTaken(ServiceError):
    """The model cannot see pictures, so the message was not sent."""

    code = "pictures_not_taken"
