"""Sign-in through OpenID Connect: from the button to a session, or to a connected account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from limits import parse

from webchat.openid.documents import error_code
from webchat.openid.errors import OpenIdError
from webchat.openid.values import Claimed, Question
from webchat.services.accounts.admission import Admission, usernames
from webchat.services.accounts.audit import Audit, What
from webchat.services.accounts.credentials import new_token
from webchat.services.accounts.invitations import Invitations, check_room
from webchat.services.accounts.pending import Begun, PendingSignIns
from webchat.services.accounts.person import Person
from webchat.services.accounts.sessions import Sessions
from webchat.services.errors import ServiceError, SignInRefused, TooOften
from webchat.services.rate_limits import Counters
from webchat.storage.engine import Database, Session
from webchat.storage.queries import identities, users
from webchat.storage.tables import User
from webchat.storage.types import UserRole, utc_now

if TYPE_CHECKING:
    from webchat.openid.issuer import Issuer

log = structlog.get_logger(__name__)

STEPS = "100/10 minutes"
"""Steps from one address; a sign-in takes two, so this is as many as wrong passwords."""


@dataclass(frozen=True, slots=True)
class Came:
    """Somebody who came back from the issuer: the query, and where it comes from."""

    code: str
    error: str
    address: str
    user_agent: str


class OpenIdSignIn:
    """Lets people in whom the issuer knows and the host admits."""

    def __init__(
        self,
        database: Database,
        issuer: Issuer,
        admission: Admission,
        signed_in: Sessions,
        invitations: Invitations,
        audit: Audit,
    ) -> None:
        self._database, self._issuer, self._admission = database, issuer, admission
        self._sessions, self._invitations, self._audit = signed_in, invitations, audit
        self._pending = PendingSignIns()
        self._counters = Counters()
        self._steps = parse(STEPS)

    @property
    def name(self) -> str:
        """What people call the issuer."""
        return self._issuer.client.name

    @property
    def issuer(self) -> str:
        """The issuer as identities name it."""
        return self._issuer.client.issuer.rstrip("/")

    async def begin(
        self,
        redirect_uri: str,
        *,
        browser: str,
        address: str,
        following: str = "/",
        invitation: str = "",
        session: str = "",
    ) -> str:
        """Begin a sign-in and return the address at the issuer where it goes on.

        Args:
            redirect_uri: where the issuer sends people back to.
            browser: the token in the browser's cookie.
            following, invitation, session: see `Begun`.

        Raises:
            OpenIdError: the issuer cannot be used now.
            TooOften: there were too many sign-ins from this address.
        """
        self._count(address)
        question = Question(redirect_uri, nonce=new_token(), verifier=new_token())
        state = self._pending.add(browser, Begun(question, following, invitation, session))
        try:
            return await self._issuer.authorization_url(question, state)
        except OpenIdError as problem:
            self._pending.take(browser, state)
            await self._note_failure(problem, address)
            raise

    async def came_back(self, browser: str, state: str, address: str) -> Begun:
        """The sign-in that somebody comes back with. It cannot be used again.

        Raises:
            OpenIdError: there is none.
            TooOften: there were too many sign-ins from this address.
        """
        self._count(address)
        begun = self._pending.take(browser, state)
        if begun is None:
            problem = OpenIdError("expired", self.name)
            await self._note_failure(problem, address)
            raise problem
        return begun

    async def sign_in(self, begun: Begun, came: Came) -> str:
        """Sign in, with a new account for whoever may have one; returns the token of the session.

        Raises:
            OpenIdError, ServiceError: nobody was signed in, and nothing was changed.
        """
        claimed: Claimed | None = None
        try:
            claimed = await self._identify(begun, came)
            return await self._enter(begun, came, claimed)
        except (OpenIdError, ServiceError) as problem:
            await self._note_failure(problem, came.address, claimed)
            raise

    async def connect(self, begun: Begun, came: Came, person: Person) -> None:
        """Connect the account at the issuer with that of the person who has signed in here.

        Raises:
            OpenIdError: nothing was changed.
        """
        claimed: Claimed | None = None
        try:
            if begun.session != person.session:
                raise OpenIdError("expired", self.name)
            claimed = await self._identify(begun, came)
            await self._connect(claimed, person, came.address)
        except OpenIdError as problem:
            await self._note_failure(problem, came.address, claimed)
            raise

    async def _identify(self, begun: Begun, came: Came) -> Claimed:
        if came.error == "access_denied":
            raise OpenIdError("denied", self.name)
        if came.error or not came.code:
            raise OpenIdError("issuer_refused", self.name, error=error_code(came.error) or "no code")
        claimed = await self._issuer.identify(came.code, begun.question)
        self._admission.check(claimed, self.name)
        return claimed

    async def _enter(self, begun: Begun, came: Came, claimed: Claimed) -> str:
        async with self._database.write() as session:
            known = await identities.find(session, claimed.issuer, claimed.subject)
            if known is not None:
                user = await users.get(session, known.user_id)
                if user.disabled_at is not None:
                    raise SignInRefused("disabled")
                await identities.touch(session, known.id, utc_now())
            else:
                user = await self._join(session, begun, claimed)
                await identities.add(session, user.id, claimed.issuer, claimed.subject)
            await self._audit.note(
                What.SIGNED_IN if known else What.JOINED,
                actor=user.name,
                subject=self.name,
                address=came.address,
                session=session,
            )
            return await self._sessions.begin(session, user.id, came.user_agent)

    async def _join(self, session: Session, begun: Begun, claimed: Claimed) -> User:
        """Make an account for somebody who has none."""
        role = UserRole.MEMBER
        if begun.invitation:
            role = await self._invitations.use_to_join(session, begun.invitation)
        elif not self._admission.is_open or not await users.any_account(session):
            raise OpenIdError("not_invited", self.name)
        await check_room(session)
        for name in usernames(claimed):
            if await users.by_username(session, name) is None:
                return await users.add(session, name, role, None)
        raise AssertionError("there are endless usernames")

    async def _connect(self, claimed: Claimed, person: Person, address: str) -> None:
        async with self._database.write() as session:
            known = await identities.find(session, claimed.issuer, claimed.subject)
            if known is not None and known.user_id != person.id:
                raise OpenIdError("taken", self.name)
            mine = await identities.of_user(session, person.id)
            if any(each.issuer == claimed.issuer for each in mine):
                raise OpenIdError("connected", self.name)
            await identities.add(session, person.id, claimed.issuer, claimed.subject)
            user = await users.get(session, person.id)
            await self._audit.note(
                What.CONNECTED, actor=user.name, subject=self.name, address=address, session=session
            )

    def _count(self, address: str) -> None:
        if wait := self._counters.wait((self._steps, (address,))):
            raise TooOften("sign_in", wait)

    async def _note_failure(
        self, problem: OpenIdError | ServiceError, address: str, claimed: Claimed | None = None
    ) -> None:
        reason = (problem.reason or problem.code).replace("_", " ")
        who = f", {claimed.username or claimed.email or claimed.subject}" if claimed else ""
        log.info("a sign-in failed", issuer=self.name, reason=reason)
        await self._audit.note(What.SIGN_IN_FAILED, subject=f"{self.name}{who} ({reason})", address=address)
