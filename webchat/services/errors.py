"""What the services refuse, in the words the person reads.

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

import math


class ServiceError(Exception):
    """Base of what a service refuses; nothing was changed."""


class NotSignedIn(ServiceError):
    """Nobody known is asking."""

    def __init__(self) -> None:
        super().__init__("You are not signed in, so nothing was changed. Sign in and try again.")


class PromptEmpty(ServiceError):
    """There is nothing to send."""

    def __init__(self) -> None:
        super().__init__("There is nothing to send: write a message first.")


class PromptTooLong(ServiceError):
    """A text is larger than may be sent. `size` and `limit` are bytes of UTF-8."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(
            f"This text is {-(-size // 1024)} KiB; at most {limit // 1024} KiB can be sent. "
            "Nothing was sent and your text is still here: shorten it or send it in parts."
        )
        self.size = size
        self.limit = limit


class TitleInvalid(ServiceError):
    """A title is empty or too long."""


class ParameterInvalid(ServiceError):
    """A temperature or another parameter is out of its range."""


class ModelUnknown(ServiceError):
    """No enabled provider has this model."""

    def __init__(self, model: str) -> None:
        super().__init__(f"The model “{model}” is not available. Choose another one from the list.")
        self.model = model


class NothingToContinue(ServiceError):
    """An answer is whole."""

    def __init__(self) -> None:
        super().__init__("This answer is whole, so there is nothing to continue. Nothing was changed.")


class ProviderInvalid(ServiceError):
    """A provider cannot be saved as it was entered; `field` is what is wrong of `Details`, if it is one."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class ShareInvalid(ServiceError):
    """A conversation cannot be shared as it was asked for."""


class PassphraseWrong(ServiceError):
    """A shared conversation is not opened by these words."""

    def __init__(self) -> None:
        super().__init__(
            "This is not the passphrase. Mind capital letters, and ask whoever sent you the link."
        )


class TooManyPassphraseAttempts(ServiceError):
    """A passphrase was guessed too often. `wait` is in seconds."""

    def __init__(self, wait: float) -> None:
        minutes = max(1, math.ceil(wait / 60))
        unit = "minute" if minutes == 1 else "minutes"
        super().__init__(f"Too many wrong passphrases were tried. Try again in {minutes} {unit}.")
        self.wait = wait


class TooManyCopies(ServiceError):
    """A shared conversation was continued too often. `wait` is in seconds."""

    def __init__(self, wait: float) -> None:
        minutes = max(1, math.ceil(wait / 60))
        unit = "minute" if minutes == 1 else "minutes"
        super().__init__(
            "This conversation was continued too often in a short time. Nothing was copied. "
            f"Try again in {minutes} {unit}."
        )
        self.wait = wait


class PageNotMade(ServiceError):
    """The page of a shared conversation could not be made now."""

    wait = 10.0
    """Seconds after which it may be asked for again."""

    def __init__(self) -> None:
        super().__init__(
            "The page could not be made just now. The conversation is still here. "
            "Load the page again in a few seconds."
        )
