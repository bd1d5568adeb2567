"""The typeface of text, fetched before the stylesheet asks for it."""

from __future__ import annotations

import reflex as rx
from reflex_base.utils.imports import ImportVar
from reflex_base.vars import VarData

_LATIN = "@fontsource-variable/onest/files/onest-latin-wght-normal.woff2?url"


def typeface() -> rx.Component:
    """The tag for the head of every page; the other alphabets are fetched when a page shows them."""
    address: rx.Var[str] = rx.Var(
        "latinTypeface",
        _var_type=str,
        _var_data=VarData(imports={_LATIN: [ImportVar(tag="latinTypeface", is_default=True, install=False)]}),
    )
    return rx.el.link(
        rel="preload",
        href=address,
        custom_attrs={"as": "font", "type": "font/woff2"},
        cross_origin="anonymous",
    )
