"""Errors raised by the services. Their messages are shown to the user.

```
ServiceError
├── NotSignedIn
├── PromptEmpty
├── PromptTooLong
├── TitleInvalid
├── ParameterInvalid
├── ModelUnknown
├── NothingToContinue
├── ProviderInvalid
├── ShareInvalid
├── PassphraseWrong
├── TooManyPassphraseAttempts
├── TooManyCopies
└── PageNotMade
```
"""

from __future__ import annotations

from webchat.wording import duration


class ServiceError(Exception):
    """Base class for requests that a service rejects. Nothing was changed."""


class NotSignedIn(ServiceError):
    """Nobody known is asking."""

    def __init__(self) -> None:
        super().__init__("You are not signed in, so nothing was changed. Sign in and try again.")


class PromptEmpty(ServiceError):
    """There is nothing to send."""

    def __init__(self) -> None:
        super().__init__("There is nothing to send. Write a message first.")


class PromptTooLong(ServiceError):
    """The text is too large to send. `size` and `limit` are in bytes of UTF-8."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(
            f"This message is {-(-size // 1024)} KiB; the limit is {limit // 1024} KiB. It was not sent "
            "and your text is still here. Shorten it or send it in parts."
        )
        self.size = size
        self.limit = limit


class TitleInvalid(ServiceError):
    """A title is empty or too long."""


class ParameterInvalid(ServiceError):
    """A temperature or another parameter is out of range."""


class ModelUnknown(ServiceError):
    """No enabled provider has this model."""

    def __init__(self, model: str) -> None:
        super().__init__(f"The model “{model}” is not available. Choose another one from the list.")
        self.model = model


class NothingToContinue(ServiceError):
    """The answer is complete."""

    def __init__(self) -> None:
        super().__init__("This answer is complete, so there is nothing to continue. Nothing was changed.")


class ProviderInvalid(ServiceError):
    """A provider cannot be saved as entered. `field` names the invalid field of `Details`, if it is a single
    one."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class ShareInvalid(ServiceError):
    """A conversation cannot be shared as requested."""


class PassphraseWrong(ServiceError):
    """The passphrase of a shared conversation is wrong."""

    def __init__(self) -> None:
        super().__init__(
            "Wrong passphrase. Check the capital letters, or ask the person who sent you the link."
        )


class TooManyPassphraseAttempts(ServiceError):
    """Too many wrong passphrases. `wait` is in seconds."""

    def __init__(self, wait: float) -> None:
        super().__init__(f"Too many wrong passphrases. Try again in {duration(wait)}.")
        self.wait = wait


class TooManyCopies(ServiceError):
    """A shared conversation was continued too often. `wait` is in seconds."""

    def __init__(self, wait: float) -> None:
        super().__init__(
            "This conversation was continued too often in a short time. Nothing was copied. "
            f"Try again in {duration(wait)}."
        )
        self.wait = wait


class PageNotMade(ServiceError):
    """The page of a shared conversation could not be rendered."""

    wait = 10.0
    """Seconds to wait before trying again."""

    def __init__(self) -> None:
        super().__init__(
            "The page could not be created. The conversation is safe. Reload the page in a few seconds."
        )
