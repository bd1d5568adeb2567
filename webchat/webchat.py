"""Composition root: the only module that wires settings, database, providers, services, pages and routes."""

import reflex as rx


def index() -> rx.Component:
    """The first page."""
    return rx.el.main(rx.el.h1("webchat", class_name="text-2xl font-semibold"), class_name="p-8")


app = rx.App()
app.add_page(index, route="/", title="webchat")
