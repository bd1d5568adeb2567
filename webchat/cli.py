"""The `webchat` command."""

from __future__ import annotations

import os
import signal
import sys
from importlib.metadata import version as installed_version
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer

from webchat.errors import WebchatError
from webchat.hosting.errors import HostingError
from webchat.services.errors import ServiceError
from webchat.services.transfer.export_format import ExportFormat
from webchat.settings import Settings, SettingsError, load_settings, use_settings
from webchat.words.errors import shown

_FAULT = 1
_WRONG_USE = 2

cli = typer.Typer(add_completion=False, invoke_without_command=True, pretty_exceptions_enable=False)


@cli.callback()
def start(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on. [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on. [default: 3000]")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Folder for the database and all other data.")] = None,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Start webchat: build the pages if they changed, upgrade the database, and serve on one port.

    Every option is also a setting (WEBCHAT_HOST, WEBCHAT_PORT, WEBCHAT_DATA_DIR and more; see the README).
    """
    if version:
        typer.echo(f"webchat {installed_version('webchat')}")
        raise typer.Exit
    try:
        settings = load_settings(host=host, port=port, data_dir=data_dir)
    except SettingsError as error:
        _give_up(error, _WRONG_USE)
    use_settings(settings)
    if context.invoked_subcommand is None:
        raise typer.Exit(_run(settings))


@cli.command()
def doctor() -> None:
    """Check Node, the build, the data folder, the database and every configured provider."""
    from webchat.hosting.doctor import examine
    from webchat.settings import get_settings

    findings = examine(get_settings())
    for finding in findings:
        typer.echo(finding.line())
    raise typer.Exit(_FAULT if any(finding.is_fault for finding in findings) else 0)


@cli.command()
def backup(
    file: Annotated[Path, typer.Argument(help="File to write the backup to. An existing file is replaced.")],
) -> None:
    """Copy the database to FILE. webchat may be running."""
    from webchat.hosting.backup import back_up
    from webchat.settings import get_settings

    settings = get_settings()
    try:
        size = back_up(settings, file)
    except HostingError as error:
        _give_up(error, _FAULT)
    typer.echo(f"The database was copied to {file} ({size:,} bytes).")
    typer.echo(
        f"Stored API keys can only be read with {settings.data_dir / 'secret.key'}. Keep a copy of that "
        "file too."
    )


@cli.command()
def export(
    file: Annotated[Path, typer.Argument(help="File to write to. An existing file is replaced.")],
    format: Annotated[
        ExportFormat, typer.Option(help="json has everything; markdown is a zip archive.")
    ] = ExportFormat.JSON,
) -> None:
    """Write all conversations to FILE. webchat may be running."""
    from webchat.hosting.exporting import export as write_export
    from webchat.settings import get_settings

    try:
        size = write_export(get_settings(), file, format)
    except (HostingError, ServiceError) as error:
        _give_up(error, _FAULT)
    typer.echo(f"The conversations were written to {file} ({size:,} bytes).")


@cli.command(name="import")
def import_file(
    file: Annotated[
        Path, typer.Argument(help="Export of ChatGPT, Claude, Open WebUI, LibreChat or webchat.")
    ],
    preview: Annotated[bool, typer.Option("--preview", help="Only say what would be imported.")] = False,
) -> None:
    """Import the conversations in FILE. Stop webchat first, or import on its History page."""
    from webchat.hosting.importing import import_file as run_import
    from webchat.hosting.importing import report_lines
    from webchat.settings import get_settings

    try:
        report = run_import(get_settings(), file, write=not preview)
    except (HostingError, ServiceError) as error:
        _give_up(error, _FAULT)
    for line in report_lines(report):
        typer.echo(line)
    raise typer.Exit(_FAULT if report.problems else 0)


@cli.command()
def rotate_key() -> None:
    """Encrypt stored keys, proxies and links with a new key and delete the old one. Stop webchat first."""
    from webchat.hosting.key_rotation import rotate_key as rotate
    from webchat.settings import get_settings

    try:
        count = rotate(get_settings())
    except HostingError as error:
        _give_up(error, _FAULT)
    typer.echo(f"The key was changed. {count} secrets are now encrypted with the new one.")


def main() -> None:
    """Run the command; Ctrl-C and SIGTERM end it gracefully at any time."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    cli()


def _run(settings: Settings) -> int:
    from webchat.hosting import checks, logs
    from webchat.hosting.build import ensure_built
    from webchat.hosting.folder_lock import lock_data

    logs.configure(settings.log_level)
    try:
        checks.prepare_data_folder(settings.data_dir)
        locks = lock_data(settings)
        listening = checks.open_socket(settings)

        from webchat.hosting.database import bring_up_to_date

        release = ensure_built(typer.echo)
        os.umask(0o077)  # files written from here on are only readable by their owner
        bring_up_to_date(settings)
    except HostingError as error:
        _give_up(error, _FAULT)

    from webchat.hosting.server import load_app, serve

    try:
        return serve(load_app(release, settings), listening, on_started=lambda: _say_where(settings))
    finally:
        for lock in locks:
            lock.release()


def _say_where(settings: Settings) -> None:
    from webchat.services.runtime import services

    addresses, accounts = settings.addresses, services().accounts
    if accounts.awaits_setup:
        typer.echo(
            "Nobody can use webchat yet. Create the administrator's account with this link, which works "
            f"once:\n  {addresses[0].rstrip('/')}/setup/{accounts.setup_token}"
        )
    typer.echo(f"webchat is running at {', '.join(addresses)}")


def _give_up(error: WebchatError, code: int) -> NoReturn:
    typer.echo(f"webchat: {shown(error)}", err=True)
    raise typer.Exit(code)


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)
