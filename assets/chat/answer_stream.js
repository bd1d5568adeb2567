// Streams a running answer from the server (server-sent events) into the message store.
//
// Wire format (webchat/http/answers.py): the event id is "<reasoning length>.<text length>" as the server
// counts them; data is a JSON string with the next piece of text (of reasoning for the event "reasoning");
// the event "files" has the pictures of the answer, the event "end" closes it. A stream that is opened together
// with a send begins with the event "answer", which has the id. A client that reconnects sends the last event id
// it received and misses nothing. A hidden tab closes its connection, because browsers open at most six to one
// host over HTTP/1.1.

import { BASE } from "../ui/base.js";
import { isEmpty, textOf } from "./message_parts.js";
import {
  addFiles,
  appendToMessage,
  currentMessage,
  isKnown,
  putMessage,
  setFollowed,
  setNote,
  settleMessage,
} from "./message_store.js";

/**
 * The stream of one answer: its connection, null while disconnected; the last event id received; how often in
 * a row it was refused; a callback for the end; and the timer that closes it once nothing uses it.
 *
 * @typedef {{
 *   source: EventSource | null,
 *   lastId: string,
 *   refusals: number,
 *   onEnd: () => void,
 *   closeTimer?: ReturnType<typeof setTimeout>,
 * }} Stream
 */

const CLOSE_DELAY = 1000; // ms; the next page may reuse the stream within this time

const RETRY_AFTER = 2000; // ms until a refused stream is opened again; doubles each time
const RETRY_LATEST = 30_000;

const EXPECTED_FOR = 5000; // ms until the page must show an answer that was expected
const EXPECTED_SOON = 200; // ms in which a connection that was opened with the send tells its answer

/** @type {Set<EventSource>} */
const expected = new Set(); // connections that were opened with a send and have not told their answer

/** @type {Map<string, Stream>} */
const streams = new Map(); // by message id

/**
 * @param {string} id
 * @param {Stream} stream
 */
function connect(id, stream) {
  const source = new EventSource(`${BASE}/api/messages/${id}/stream?after=${stream.lastId}`);
  stream.source = source;
  listen(id, stream, source);
}

/**
 * @param {string} id
 * @param {Stream} stream
 * @param {EventSource} source
 */
function listen(id, stream, source) {
  const append =
    (/** @type {"text" | "reasoning"} */ field) => (/** @type {MessageEvent<string>} */ event) => {
      stream.lastId = event.lastEventId;
      appendToMessage(id, field, JSON.parse(event.data));
    };
  source.onopen = () => {
    stream.refusals = 0;
  };
  source.onmessage = append("text");
  source.addEventListener("reasoning", append("reasoning"));
  source.addEventListener("files", (event) => addFiles(id, JSON.parse(event.data)));
  source.addEventListener("note", (event) => setNote(id, JSON.parse(event.data)));
  source.addEventListener("end", () => finish(id, stream));
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) retry(id, stream);
  };
}

/**
 * Opens a refused stream again later, which the browser does not do: a proxy refuses while the server starts. Until
 * then the page reloads the message, and leaves the stream if the answer has ended.
 *
 * @param {string} id
 * @param {Stream} stream
 */
function retry(id, stream) {
  disconnect(stream);
  const delay = Math.min(RETRY_AFTER * 2 ** stream.refusals, RETRY_LATEST);
  stream.refusals += 1;
  setTimeout(() => connectIfNeeded(id, stream), delay);
  stream.onEnd();
}

/** @param {Stream} stream */
function disconnect(stream) {
  stream.source?.close();
  stream.source = null;
}

/**
 * @param {string} id
 * @param {Stream} stream
 */
function close(id, stream) {
  disconnect(stream);
  if (streams.get(id) !== stream) return;
  streams.delete(id);
  setFollowed(id, false);
}

/**
 * @param {string} id
 * @param {Stream} stream
 */
function finish(id, stream) {
  settleMessage(id);
  close(id, stream);
  stream.onEnd();
}

/**
 * The number of characters as the server counts them: a surrogate pair is one.
 *
 * @param {string} text
 */
function characters(text) {
  let count = text.length;
  for (let at = 0; at + 1 < text.length; at += 1) {
    if (text.charCodeAt(at) >= 0xd800 && text.charCodeAt(at) <= 0xdbff) count -= 1;
  }
  return count;
}

/**
 * The event id to stream from. A settled message is continued from its end: the answer is being continued, or
 * it ended while the page changed and only the "end" event is missing. Any other message is streamed from the
 * start.
 *
 * @param {string} id
 */
function positionOf(id) {
  const { parts, reasoning, settled } = currentMessage(id);
  if (settled) return `${characters(reasoning)}.${characters(textOf(parts))}`;
  if (reasoning || !isEmpty(parts)) putMessage(id, { parts: [], settled: false });
  return "";
}

/**
 * @param {string} id
 * @returns {Stream}
 */
function addStream(id) {
  const stream = { source: null, lastId: positionOf(id), refusals: 0, onEnd: () => {} };
  streams.set(id, stream);
  return stream;
}

/**
 * Streams the answer into the store until it ends; returns a function that stops.
 *
 * @param {string} id
 * @param {() => void} onEnd
 */
export function followAnswer(id, onEnd) {
  const existing = streams.get(id);
  // The message has been fetched since: the rest of the old stream would repeat it.
  if (existing && currentMessage(id).settled) close(id, existing);
  const stream = streams.get(id) ?? addStream(id);
  clearTimeout(stream.closeTimer);
  stream.onEnd = onEnd;
  setFollowed(id, true);
  if (expected.size) setTimeout(() => connectIfNeeded(id, stream), EXPECTED_SOON);
  else connectIfNeeded(id, stream);
  // The next page (/c/<id> after /) reuses the stream.
  return () => {
    setFollowed(id, false);
    stream.closeTimer = setTimeout(() => close(id, stream), CLOSE_DELAY);
  };
}

/**
 * @param {string} id
 * @param {Stream} stream
 */
function connectIfNeeded(id, stream) {
  if (streams.get(id) === stream && !stream.source && !document.hidden) connect(id, stream);
}

/**
 * Opens the stream of the answer to a message that is being sent, before the page knows the id of the answer.
 *
 * @param {string} clientId the id that the message is sent with
 */
export function expectAnswer(clientId) {
  if (document.hidden) return;
  const source = new EventSource(`${BASE}/api/sent/${clientId}/stream`);
  expected.add(source);
  const settle = () => {
    expected.delete(source);
    for (const [id, stream] of streams) connectIfNeeded(id, stream);
  };
  source.onerror = () => {
    source.close(); // the page streams the answer by its id
    settle();
  };
  source.addEventListener(
    "answer",
    (event) => {
      const id = JSON.parse(event.data);
      const isStreamed = streams.get(id)?.source || (isKnown(id) && !streams.has(id));
      if (isStreamed || document.hidden) source.close();
      else adopt(id, source);
      settle();
    },
    { once: true }, // it comes again when the browser reconnects
  );
}

/**
 * Streams an answer from a connection that was opened with the send.
 *
 * @param {string} id
 * @param {EventSource} source
 */
function adopt(id, source) {
  let stream = streams.get(id);
  if (!stream) {
    const added = addStream(id);
    added.closeTimer = setTimeout(() => close(id, added), EXPECTED_FOR);
    setFollowed(id, true);
    stream = added;
  }
  stream.source = source;
  listen(id, stream, source);
}

if (typeof document !== "undefined") {
  document.addEventListener("visibilitychange", () => {
    for (const [id, stream] of streams) {
      if (document.hidden) disconnect(stream);
      else if (!stream.source) connect(id, stream);
    }
  });
  // After a change of network, old connections are dead without an error event.
  window.addEventListener("online", () => {
    for (const [id, stream] of streams) {
      disconnect(stream);
      connectIfNeeded(id, stream);
    }
  });
}
