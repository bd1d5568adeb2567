// Follows a running answer over server-sent events into the message store.
//
// Wire format (webchat/http/answers.py): the event id is "<reasoning length>.<text length>" as the server
// counts them; data is a JSON string with the next piece of text, of reasoning for the event "reasoning";
// the event "end" closes the answer. A reader that comes back says the last id it saw and misses nothing.
// A hidden tab lets its connection go, because a browser has only six to one host.

import { isEmpty, textOf } from "./message_parts.js";
import {
  appendToMessage,
  currentMessage,
  noteOnMessage,
  putMessage,
  setFollowed,
  settleMessage,
} from "./message_store.js";

/**
 * An answer that is followed: its connection, null while there is none; the last event id that was seen; what
 * to call when it ended; and the timer that lets go of it.
 *
 * @typedef {{
 *   source: EventSource | null,
 *   lastId: string,
 *   onEnd: () => void,
 *   leaving?: ReturnType<typeof setTimeout>,
 * }} Stream
 */

const TAKEN_OVER = 1000; // ms in which a page may take over the stream of the one it replaces

/** @type {Map<string, Stream>} */
const streams = new Map(); // by message id

/**
 * @param {string} id
 * @param {Stream} stream
 */
function connect(id, stream) {
  const source = new EventSource(`/api/messages/${id}/stream?after=${stream.lastId}`);
  stream.source = source;
  const take = (/** @type {"text" | "reasoning"} */ field) => (/** @type {MessageEvent<string>} */ event) => {
    stream.lastId = event.lastEventId;
    appendToMessage(id, field, JSON.parse(event.data));
  };
  source.onmessage = take("text");
  source.addEventListener("reasoning", take("reasoning"));
  source.addEventListener("note", (event) => noteOnMessage(id, JSON.parse(event.data)));
  source.addEventListener("end", () => finish(id, stream));
  source.onerror = () => {
    // The browser reconnects by itself unless the server refused; then the page reloads the message's state.
    if (source.readyState === EventSource.CLOSED) {
      close(id, stream);
      stream.onEnd();
    }
  };
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
 * As the server counts them: a pair of surrogates is one.
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
 * Settled words are read on from their end: the answer is continued, or it ended while the page was being
 * replaced and only its end is missing. Anything else is read from the beginning.
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
function begin(id) {
  const stream = { source: null, lastId: positionOf(id), onEnd: () => {} };
  streams.set(id, stream);
  return stream;
}

/**
 * Streams the answer into the store until it ends; returns a function that lets go of it.
 *
 * @param {string} id
 * @param {() => void} onEnd
 */
export function followAnswer(id, onEnd) {
  const known = streams.get(id);
  // Words that were fetched meanwhile: what the stream still brings is known.
  if (known && currentMessage(id).settled) close(id, known);
  const stream = streams.get(id) ?? begin(id);
  clearTimeout(stream.leaving);
  stream.onEnd = onEnd;
  setFollowed(id, true);
  if (!stream.source && !document.hidden) connect(id, stream);
  // A page that is only being replaced by the next one (/ by /c/<id>) takes the stream over.
  return () => {
    setFollowed(id, false);
    stream.leaving = setTimeout(() => close(id, stream), TAKEN_OVER);
  };
}

if (typeof document !== "undefined") {
  document.addEventListener("visibilitychange", () => {
    for (const [id, stream] of streams) {
      if (document.hidden) disconnect(stream);
      else if (!stream.source) connect(id, stream);
    }
  });
  // Another network (a laptop was opened somewhere else): the old connections are dead and do not say so.
  window.addEventListener("online", () => {
    for (const [id, stream] of streams) {
      if (!stream.source) continue;
      stream.source.close();
      connect(id, stream);
    }
  });
}
