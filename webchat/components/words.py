"""Words in components, which the browser translates: pages are built once for all languages.

The functions are those of `webchat.words.text`, with variables in place of texts.
"""

from __future__ import annotations

import json
from typing import Any

import reflex as rx
from reflex_base.utils.imports import ImportVar
from reflex_base.vars import VarData

_LIBRARY = "$/public/ui/words"


def t(message: str, /, **arguments: Any) -> rx.Var[str]:
    """The message in the language of the page, with the arguments in place of its placeholders."""
    return _call("t", json.dumps(message), arguments)


def ngettext(one: str, many: str, count: Any, /, **arguments: Any) -> rx.Var[str]:
    """The message for this number of things, which is also the argument `count`."""
    number = rx.Var.create(count)
    texts = f"{json.dumps(one)}, {json.dumps(many)}, {number!s}"
    return _call("ngettext", texts, arguments, number)


def pgettext(context: str, message: str, /, **arguments: Any) -> rx.Var[str]:
    """As `t`, for English words that mean several things; `context` says which."""
    return _call("pgettext", f"{json.dumps(context)}, {json.dumps(message)}", arguments)


def words_script() -> rx.Component:
    """The script with the words of another language than English; empty in an English page.

    `webchat.hosting.page_languages` gives it its address, which React compares with this.
    """
    data = VarData(imports={_LIBRARY: [ImportVar(tag="wordsAddress")]})
    address: rx.Var[str] = rx.Var("wordsAddress", _var_type=str, _var_data=data)
    return rx.el.script(src=address, custom_attrs={"data-words": ""})


def _call(function: str, texts: str, arguments: dict[str, Any], *used: rx.Var[Any]) -> rx.Var[str]:
    given = {name: rx.Var.create(value) for name, value in arguments.items()}
    filled = ", ".join(f"{json.dumps(name)}: {value!s}" for name, value in given.items())
    data = VarData.merge(
        VarData(imports={_LIBRARY: [ImportVar(tag=function)]}),
        *(variable._get_all_var_data() for variable in (*used, *given.values())),
    )
    expression = f"{function}({texts}, {{{filled}}})" if given else f"{function}({texts})"
    return rx.Var(expression, _var_type=str, _var_data=data).to(str)
