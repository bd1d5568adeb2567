"""Services on WordPress sites with a chat plugin: a page provides a nonce, and admin-ajax.php answers.

A nonce that is no longer valid is rejected with HTTP 200 and the body `-1`, `0` or `Security check`. Then a
fresh one is fetched once and the request is sent again once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Hashable, Mapping
from typing import ClassVar
from urllib.parse import urlencode

from webchat.messages import StreamEvent
from webchat.providers.errors import NonceMissing, NonceRefused, ProviderError, ProviderTimeout
from webchat.providers.free.base import FreeService
from webchat.providers.free.nonces import NonceCache, PageNonce, read_nonce
from webchat.providers.free.prompt import format_prompt
from webchat.providers.request import ChatRequest
from webchat.providers.wire.response import StreamedResponse
from webchat.providers.wire.status import read_failure


class CachedNonce:
    """An attribute of a WordPress service with its cached `nonce` or `post_id`, else None.

    It can be set on the class or an instance.
    """

    def __init__(self, part: str) -> None:
        self._part = part

    def __get__(self, instance: WordPressService | None, owner: type[WordPressService]) -> str | None:
        """Return the cached value for the address, proxy and cookies of the instance or class."""
        known = owner.nonces.known(owner.nonce_key(owner if instance is None else instance))
        return getattr(known, self._part) if known else None


class AjaxEndpoint:
    """The attribute `api_endpoint`: follows `url` unless it is set."""

    def __get__(self, instance: WordPressService | None, owner: type[WordPressService]) -> str:
        """Return the address of requests."""
        return f"{(instance or owner).url}/wp-admin/admin-ajax.php"


class WordPressService(FreeService):
    """A WordPress site with a chat plugin. Subclasses define the other form fields and read the answer."""

    nonces: ClassVar[NonceCache] = NonceCache()
    api_endpoint: str | AjaxEndpoint = AjaxEndpoint()
    _nonce: str | CachedNonce | None = CachedNonce("nonce")
    _post_id: str | CachedNonce | None = CachedNonce("post_id")

    @staticmethod
    def nonce_key(service: WordPressService | type[WordPressService]) -> Hashable:
        """Return what a nonce depends on: address, proxy, cookies, and the transport if given."""
        if isinstance(service, type):
            return (service.url, None, (), None)
        cookies = tuple(sorted(service.cookies.items()))
        return (service.url, service.proxy, cookies, service.transport)

    def _extra_fields(self) -> Mapping[str, str]:
        """Return the form's other fields."""
        return {}

    def _ajax_headers(self) -> dict[str, str]:
        """Return the request's headers."""
        raise NotImplementedError

    def _read_answer(self, answer: StreamedResponse, model: str) -> AsyncGenerator[StreamEvent, None]:
        """Yield an answer's events; raises `NonceRefused` first if the service rejects the nonce."""
        raise NotImplementedError

    async def generate(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Ask with the cached nonce or a fresh one, and yield the answer's events."""
        model, messages = self._asked(request)
        started = self.clock()
        prompt = format_prompt(messages)
        key = self.nonce_key(self)
        nonce, post_id = self._nonce, self._post_id
        if isinstance(nonce, str) and nonce and isinstance(post_id, str) and post_id:
            events = self._answered(PageNonce(nonce, post_id), prompt, model, started)
            refused = False
            try:
                async for event in events:
                    yield event
            except NonceRefused:
                self.nonces.forget(key, PageNonce(nonce, post_id))
                refused = True
            finally:
                await events.aclose()
            if not refused:
                return
        fresh = self.nonces.known(key) or await self._fresh(key, started)
        events = self._answered(fresh, prompt, model, started)
        try:
            async for event in events:
                yield event
        except NonceRefused:
            self.nonces.forget(key, fresh)
            raise
        finally:
            await events.aclose()

    async def _answered(
        self, nonce: PageNonce, prompt: str, model: str, started: float
    ) -> AsyncGenerator[StreamEvent, None]:
        fields = {
            "_wpnonce": nonce.nonce,
            "post_id": nonce.post_id,
            "url": self.url,
            "action": "wpaicg_chat_shortcode_message",
            "message": prompt,
            "bot_id": "0",
            **self._extra_fields(),
        }
        headers = self._ajax_headers() | {"Content-Type": "application/x-www-form-urlencoded"}
        content = urlencode(fields).encode()
        endpoint = str(self.api_endpoint)
        async with self._open("POST", endpoint, headers, content, started=started) as answer:
            if answer.status != 200:
                raise await self._refused(answer, model)
            events = self._read_answer(answer, model)
            try:
                async for event in events:
                    yield event
            finally:
                await events.aclose()

    async def _refused(self, answer: StreamedResponse, model: str) -> ProviderError:
        """Return the error for a failed response; `-1` with 403 and `0` with 400 also concern the nonce."""
        body = b""
        if answer.status in (400, 403):
            body = (await answer.read_start()).strip()
            if body in (b"-1", b"0"):
                return NonceRefused(self.name, status=answer.status, service_words=body.decode())
        return await self._failure(answer, model, body)

    async def _fresh(self, key: Hashable, started: float) -> PageNonce:
        """Return a nonce from the service's page, fetched once for concurrent requests."""
        due = {"first_text": self.deadlines.first_text, "total": self.deadlines.total}
        phase = min(due, key=lambda name: due[name])
        left = started + due[phase] - self.clock()
        try:
            async with asyncio.timeout(max(0.0, left)):
                return await self.nonces.fetch(key, lambda: self._read_page(started))
        except TimeoutError:
            raise ProviderTimeout(
                self.name, "total" if phase == "total" else "first_text", due[phase]
            ) from None

    async def _read_page(self, started: float) -> PageNonce:
        headers = self._headers(Accept="text/html,*/*;q=0.8")
        async with self._open("GET", f"{self.url}/", headers, started=started) as answer:
            if answer.status != 200:
                raise await self._failure(answer)
            body = await answer.read()
        nonce = read_nonce(body.decode("utf-8", "replace"))
        if nonce is not None:
            return nonce
        failure = read_failure(body[:65536])
        reason = "browser_check" if failure.challenge else ""
        raise NonceMissing(self.name, reason, service_words=failure.words)
