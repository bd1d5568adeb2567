// The content of a message, as a React hook.

import { useEffect, useSyncExternalStore } from "react";
import { ensureMessage } from "./message_requests.js";
import { EMPTY, shownMessage, subscribeToMessage } from "./message_store.js";

/**
 * The content of a message, which updates while it streams; a finished one is fetched unless it is in the
 * store.
 *
 * @param {string} id
 * @param {boolean} streaming whether its answer is being streamed
 * @param {string} [sentAs] the id under which this browser sent the message
 * @param {string} [version] changes when a finished answer is continued
 */
export function useMessage(id, streaming, sentAs, version) {
  const message = useSyncExternalStore(
    (listener) => subscribeToMessage(id, listener),
    () => shownMessage(id),
    () => EMPTY,
  );
  useEffect(() => ensureMessage(id, { streaming, sentAs, version }), [id, streaming, sentAs, version]);
  return message;
}
