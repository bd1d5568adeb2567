// Follows a running answer over server-sent events into the message store.
//
// Wire format (webchat/http/answers.py): the event id is "<reasoning length>.<text length>" as the server
// counts them; data is a JSON string with the next piece of text, of reasoning for the event "reasoning";
// the event "end" closes the answer. A reader that comes back says the last id it saw and misses nothing.
// A hidden tab lets its connection go, because a browser has only six to one host.

import { appendToMessage, currentMessage, noteOnMessage, putMessage, setFollowed, settleMessage } from "./message_store.js";

const streams = new Map(); // message id -> { source, lastId, onEnd }

function connect(id, stream) {
  const source = new EventSource(`/api/messages/${id}/stream?after=${stream.lastId}`);
  stream.source = source;
  const take = (field) => (event) => {
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

function close(id, stream) {
  stream.source?.close();
  stream.source = null;
  if (streams.get(id) !== stream) return;
  streams.delete(id);
  setFollowed(id, false);
}

function finish(id, stream) {
  settleMessage(id);
  close(id, stream);
  stream.onEnd();
}

// As the server counts them: a pair of surrogates is one.
function characters(text) {
  let count = text.length;
  for (let at = 0; at + 1 < text.length; at += 1) {
    if (text.charCodeAt(at) >= 0xd800 && text.charCodeAt(at) <= 0xdbff) count -= 1;
  }
  return count;
}

// Settled words are read on from their end: the answer is continued, or it ended while the page was being
// replaced and only its end is missing. Anything else is read from the beginning.
function positionOf(id) {
  const { text, reasoning, settled } = currentMessage(id);
  if (settled) return `${characters(reasoning)}.${characters(text)}`;
  if (text || reasoning) putMessage(id, { text: "", settled: false });
  return "";
}

/** Streams the answer into the store until it ends; returns a function that lets go of it. */
export function followAnswer(id, onEnd) {
  let stream = streams.get(id);
  if (stream && currentMessage(id).settled) {
    close(id, stream); // its words were fetched meanwhile: what it still brings is known
    stream = undefined;
  }
  if (stream) {
    clearTimeout(stream.leaving);
    stream.onEnd = onEnd;
    setFollowed(id, true);
  } else {
    stream = { source: null, lastId: positionOf(id), onEnd };
    streams.set(id, stream);
    setFollowed(id, true);
    if (!document.hidden) connect(id, stream);
  }
  // A page that is only being replaced by the next one (/ by /c/<id>) takes the stream over.
  return () => {
    setFollowed(id, false);
    stream.leaving = setTimeout(() => close(id, stream), 1000);
  };
}

if (typeof document !== "undefined") {
  document.addEventListener("visibilitychange", () => {
    for (const [id, stream] of streams) {
      if (document.hidden) {
        stream.source?.close();
        stream.source = null;
      } else if (!stream.source) {
        connect(id, stream);
      }
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
