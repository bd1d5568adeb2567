"""Models of a provider by name and alias."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from webchat.providers.errors import ModelNotFound

_P = ParamSpec("_P")
_R = TypeVar("_R")


class class_or_instance(Generic[_P, _R]):
    """Makes a method callable on the class as well; `self` is then the class."""

    def __init__(self, function: Callable[Concatenate[Any, _P], _R]) -> None:
        self._function = function
        self.__doc__ = function.__doc__

    def __get__(self, instance: object | None, owner: type) -> Callable[_P, _R]:
        """Bind to the instance, or to the class if there is none."""
        return self._function.__get__(owner if instance is None else instance)  # type: ignore[no-any-return]


class ProviderModelMixin:
    """Resolves models by name and alias. A subclass only needs `default_model` and `models`.

    >>> class Mine(ProviderModelMixin):
    ...     default_model = "small"
    ...     models = ["small", "large"]
    >>> Mine().get_model("")
    'small'
    """

    default_model: str = ""
    models: Sequence[str] = ()
    model_aliases: Mapping[str, str] = {}

    @class_or_instance
    def get_model(self, model: str) -> str:
        """Return the model to use: the default for an empty name, the target of an alias, or the name itself.

        Raises:
            ModelNotFound: there is no such model; the error lists the available ones.
        """
        if not model and self.default_model:
            return str(self.default_model)
        model = self.model_aliases.get(model, model)
        if model in self.models or (model and model == self.default_model):
            return model
        name = getattr(self, "name", "") or getattr(self, "__name__", type(self).__name__)
        raise ModelNotFound(name, model, self.models or [m for m in [self.default_model] if m])
