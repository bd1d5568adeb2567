// The words of a message, for React.

import { useEffect, useSyncExternalStore } from "react";
import { ensureMessage } from "./message_requests.js";
import { EMPTY, shownMessage, watchMessage } from "./message_store.js";

/**
 * The live words of a message; a finished one is fetched when it is not known yet.
 *
 * @param {string} id
 * @param {boolean} streaming whether its answer is being written
 * @param {string} [sentAs] the id under which a message of this browser's own is known
 * @param {string} [version] changes when an answer that had ended was gone on with
 */
export function useMessage(id, streaming, sentAs, version) {
  const message = useSyncExternalStore(
    (listener) => watchMessage(id, listener),
    () => shownMessage(id),
    () => EMPTY,
  );
  useEffect(() => ensureMessage(id, { streaming, sentAs, version }), [id, streaming, sentAs, version]);
  return message;
}
