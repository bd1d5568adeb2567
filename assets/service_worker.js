// Opens the pages without a connection. A page is fetched whenever there is a connection, so that it is never out
// of date; files that are named by their content are kept. Nothing from a conversation is kept.

// The path under which webchat is served, without a slash at its end.
const BASE = new URL("./", location.href).pathname.replace(/\/$/, "");
const PAGES = `${BASE}pages-1`;
const FILES = `${BASE}files-1`;
const MAX_FILES = 150; // more than the files of one build that are loaded; the oldest are dropped
const PAGE = /^\/(c\/[^/]+|history|trash|settings(\/\w+)?)?\/?$/;
const CONVERSATION = `${BASE}/c/0`; // the page of every conversation
const START = `${BASE}/`;
const AWAY = new Set([502, 503, 504]); // what a proxy answers while the server does not run
const SHELL = [START, CONVERSATION];
const NAMED_BY_CONTENT = `${BASE}/assets/`;
const OTHER_FILES = new Set(["/early_text.js", "/favicon.svg", "/manifest.json"].map((path) => BASE + path));

/**
 * The parts of a service worker that are used here; TypeScript's types of workers exclude those of pages.
 *
 * @typedef {Event & { waitUntil: (done: Promise<unknown>) => void }} Extended
 * @typedef {Extended & { request: Request, respondWith: (response: Promise<Response>) => void }} Fetching
 * @typedef {EventTarget & { skipWaiting: () => Promise<void>, clients: { claim: () => Promise<void> } }} Scope
 */

const worker = /** @type {Scope} */ (/** @type {unknown} */ (self));

/** @param {string} path */
const keyOf = (path) =>
  path.startsWith(`${BASE}/c/`) ? CONVERSATION : path === START ? START : path.replace(/\/$/, "");

/**
 * Keeps a page, and the files it names.
 *
 * @param {string} path
 * @param {Response} response
 */
async function keepPage(path, response) {
  const html = await response.clone().text();
  const found = html.match(/\/assets\/[\w.-]+\.(?:js|css|woff2)/g) ?? [];
  const files = await caches.open(FILES);
  for (const path of new Set(found)) {
    const file = `${BASE}${path}`;
    if (!(await files.match(file))) await files.add(file);
  }
  await (await caches.open(PAGES)).put(keyOf(path), response);
  await dropOldest(files);
}

/** @param {Cache} files */
async function dropOldest(files) {
  const kept = await files.keys();
  for (const file of kept.slice(0, Math.max(0, kept.length - MAX_FILES))) await files.delete(file);
}

/**
 * Whether it is the page that was asked for, and not the sign-in page.
 *
 * @param {Response} response
 */
const isPage = (response) => response.ok && !response.redirected;

/** @param {string} path */
async function fetchShell(path) {
  const response = await fetch(path);
  if (isPage(response)) await keepPage(path, response);
}

/**
 * The page as it was kept, or the start page.
 *
 * @param {string} path
 */
async function keptPage(path) {
  const pages = await caches.open(PAGES);
  return (await pages.match(keyOf(path))) ?? (await pages.match(START));
}

/** @param {Fetching} event */
async function page(event) {
  const path = new URL(event.request.url).pathname;
  try {
    const response = await fetch(event.request);
    if (AWAY.has(response.status)) return (await keptPage(path)) ?? response;
    if (isPage(response)) event.waitUntil(keepPage(path, response.clone()).catch(() => {})); // no room
    return response;
  } catch (error) {
    const kept = await keptPage(path);
    if (kept) return kept;
    throw error;
  }
}

/** @param {Fetching} event */
async function namedByContent(event) {
  const files = await caches.open(FILES);
  const { request } = event;
  const kept = await files.match(request.url);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) event.waitUntil(files.put(request.url, response.clone()).catch(() => {}));
  return response;
}

/** @param {Fetching} event */
async function otherFile({ request }) {
  const pages = await caches.open(PAGES);
  try {
    const response = await fetch(request);
    if (response.ok) await pages.put(request.url, response.clone());
    else if (AWAY.has(response.status)) return (await pages.match(request.url)) ?? response;
    return response;
  } catch (error) {
    const kept = await pages.match(request.url);
    if (kept) return kept;
    throw error;
  }
}

/**
 * Whether a cache is one of an earlier version; another app may be served from the same host.
 *
 * @param {string} name
 */
const isOutOfDate = (name) =>
  name !== PAGES &&
  name !== FILES &&
  /^(?:pages|files)-\d+$/.test(name.slice(BASE.length)) &&
  name.startsWith(BASE);

worker.addEventListener("install", (event) => {
  const kept = Promise.allSettled(SHELL.map(fetchShell));
  /** @type {Extended} */ (event).waitUntil(kept.then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (event) => {
  const dropped = caches
    .keys()
    .then((names) => Promise.all(names.filter(isOutOfDate).map((name) => caches.delete(name))));
  /** @type {Extended} */ (event).waitUntil(dropped.then(() => worker.clients.claim()));
});

worker.addEventListener("fetch", (received) => {
  const event = /** @type {Fetching} */ (received);
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (event.request.mode === "navigate") {
    if (url.pathname.startsWith(START) && PAGE.test(url.pathname.slice(BASE.length)))
      event.respondWith(page(event));
  } else if (url.pathname.startsWith(NAMED_BY_CONTENT)) event.respondWith(namedByContent(event));
  else if (OTHER_FILES.has(url.pathname)) event.respondWith(otherFile(event));
});
