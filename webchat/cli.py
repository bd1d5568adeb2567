"""The `webchat` command."""

from __future__ import annotations

import os
import signal
import sys
from importlib.metadata import version as installed_version
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

from webchat.errors import WebchatError
from webchat.hosting.errors import HostingError
from webchat.services.errors import ServiceError
from webchat.services.transfer.export_format import ExportFormat
from webchat.settings import Settings, SettingsError, load_settings, use_settings
from webchat.storage.errors import StorageError
from webchat.storage.types import UserRole
from webchat.words.errors import shown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from webchat.services.accounts import Accounts

Done = TypeVar("Done")
_FAULT = 1
_WRONG_USE = 2

cli = typer.Typer(add_completion=False, invoke_without_command=True, pretty_exceptions_enable=False)
user = typer.Typer(help="Manage accounts. webchat may be running.", no_args_is_help=True)
cli.add_typer(user, name="user")
_WHOSE = "[default: the local owner's, or with accounts the first administrator's]"
Username = Annotated[str, typer.Argument(help="Username of the account.")]


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
    without_key: Annotated[
        bool,
        typer.Option("--without-key", help="Leave out the key file, which stored API keys are read with."),
    ] = False,
) -> None:
    """Write everything that webchat keeps to FILE. webchat may be running."""
    from webchat.hosting.backup import back_up
    from webchat.settings import get_settings

    settings = get_settings()
    try:
        size = back_up(settings, file, with_key=not without_key)
    except HostingError as error:
        _give_up(error, _FAULT)
    typer.echo(f"A backup was written to {file} ({size:,} bytes). `webchat restore {file}` brings it back.")
    if without_key:
        typer.echo(
            f"It has no key. Stored API keys can only be read with {settings.data_dir / 'secret.key'}; "
            "keep a copy of that file too."
        )
    else:
        typer.echo("It contains the key of stored API keys, so keep it as private as the data folder.")


@cli.command()
def restore(
    file: Annotated[Path, typer.Argument(help="Backup made by webchat, or the copy that an upgrade kept.")],
) -> None:
    """Put the data in FILE in place of the present data, which is kept aside. Stop webchat first."""
    from webchat.hosting.restore import restore as put_back
    from webchat.settings import get_settings

    settings = get_settings()
    try:
        done = put_back(settings, file)
    except HostingError as error:
        _give_up(error, _FAULT)
    typer.echo(f"{file} was restored into {settings.data_dir} (version {done.revision} of the database).")
    if not done.has_key:
        typer.echo("It has no key, so the present key file stays.")
    if done.aside is not None:
        typer.echo(f"The data from before is in {done.aside}. Delete that folder when you no longer need it.")


@cli.command()
def export(
    file: Annotated[Path, typer.Argument(help="File to write to. An existing file is replaced.")],
    format: Annotated[
        ExportFormat, typer.Option(help="json has everything; markdown is a zip archive.")
    ] = ExportFormat.JSON,
    user: Annotated[str, typer.Option(help=f"Whose conversations. {_WHOSE}")] = "",
) -> None:
    """Write all conversations of one person to FILE. webchat may be running."""
    from webchat.hosting.exporting import export as write_export
    from webchat.settings import get_settings

    try:
        size = write_export(get_settings(), file, format, user)
    except (HostingError, ServiceError, StorageError) as error:
        _give_up(error, _FAULT)
    typer.echo(f"The conversations were written to {file} ({size:,} bytes).")


@cli.command(name="import")
def import_file(
    file: Annotated[
        Path, typer.Argument(help="Export of ChatGPT, Claude, Open WebUI, LibreChat or webchat.")
    ],
    preview: Annotated[bool, typer.Option("--preview", help="Only say what would be imported.")] = False,
    user: Annotated[str, typer.Option(help=f"Whose history. {_WHOSE}")] = "",
) -> None:
    """Import the conversations in FILE. Stop webchat first, or import on its History page."""
    from webchat.hosting.importing import import_file as run_import
    from webchat.hosting.importing import report_lines
    from webchat.settings import get_settings

    try:
        report = run_import(get_settings(), file, write=not preview, username=user)
    except (HostingError, ServiceError, StorageError) as error:
        _give_up(error, _FAULT)
    for line in report_lines(report):
        typer.echo(line)
    raise typer.Exit(_FAULT if report.problems else 0)


@cli.command()
def build() -> None:
    """Build the pages now, as the next start would, so that later starts need no Node."""
    from webchat.hosting.build import ensure_built

    try:
        release = ensure_built(typer.echo)
    except HostingError as error:
        _give_up(error, _FAULT)
    typer.echo(f"The pages are built ({release.name}).")


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
    typer.echo("Backups that were made before hold the old key. Delete them if somebody else may have it.")


@user.command(name="add")
def user_add(
    name: Username,
    role: Annotated[UserRole, typer.Option(help="What the person may do.")] = UserRole.MEMBER,
) -> None:
    """Create an account and print a link with which its person chooses a password."""
    from webchat.hosting import people

    token = _with_accounts(lambda accounts: people.added(accounts, name, role))
    typer.echo(f"{name} was added. This link sets the password, once, within a week:\n  {_link(token)}")
    if len(_with_accounts(lambda accounts: accounts.people.all())) == 1:
        typer.echo("From its next start on, webchat asks everybody to sign in.")


@user.command(name="list")
def user_list() -> None:
    """List the accounts."""
    from webchat.hosting import people

    accounts = _with_accounts(lambda accounts: accounts.people.all())
    for account in accounts:
        typer.echo(people.line_of(account))
    if not accounts:
        typer.echo("There are no accounts yet.")


@user.command(name="reset")
def user_reset(name: Username) -> None:
    """Print a link with which a person chooses a new password."""
    from webchat.hosting import people

    token = _with_accounts(lambda accounts: people.reset(accounts, name))
    typer.echo(f"This link sets a new password for {name}, once, within a week:\n  {_link(token)}")


@user.command(name="disable")
def user_disable(name: Username) -> None:
    """Keep a person out until they are enabled again. Their conversations stay."""
    from webchat.hosting import people

    _with_accounts(lambda accounts: people.set_disabled(accounts, name, True))
    typer.echo(f"{name} is disabled and signed out everywhere.")


@user.command(name="enable")
def user_enable(name: Username) -> None:
    """Let a disabled person in again."""
    from webchat.hosting import people

    _with_accounts(lambda accounts: people.set_disabled(accounts, name, False))
    typer.echo(f"{name} can sign in again.")


@user.command(name="delete")
def user_delete(
    name: Username,
    export: Annotated[Path | None, typer.Option(help="Write all conversations to this file first.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete an account with all its conversations."""
    from webchat.hosting import people
    from webchat.hosting.exporting import export as write_export
    from webchat.settings import get_settings

    _with_accounts(lambda accounts: accounts.people.named(name))
    if export is None and not yes:
        typer.echo(f"To keep the conversations of {name}, stop here and add --export FILE.")
    if not yes:
        typer.confirm(f"Delete {name} and all their conversations?", abort=True)
    if export is not None:
        try:
            write_export(get_settings(), export, ExportFormat.JSON, name)
        except (HostingError, ServiceError, StorageError) as error:
            _give_up(error, _FAULT)
        typer.echo(f"The conversations were written to {export}.")
    _with_accounts(lambda accounts: people.delete(accounts, name))
    typer.echo(f"{name} was deleted.")


def _with_accounts(work: Callable[[Accounts], Awaitable[Done]]) -> Done:
    from webchat.hosting.people import with_accounts
    from webchat.settings import get_settings

    try:
        return with_accounts(get_settings(), work)
    except (HostingError, ServiceError, StorageError) as error:
        _give_up(error, _FAULT)


def _link(token: str) -> str:
    from webchat.settings import get_settings

    return f"{get_settings().addresses[0].rstrip('/')}/invite/{token}"


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
        bring_up_to_date(settings, typer.echo)
    except HostingError as error:
        _give_up(error, _FAULT)

    from webchat.hosting.server import load_app, serve

    try:
        return serve(
            load_app(release, settings), settings, listening, on_started=lambda: _say_where(settings)
        )
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
