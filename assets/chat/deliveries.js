// Which messages of the outbox are handed to the server now, and which are shown as not sent.

/** @typedef {import("./outbox.js").Unsent} Unsent */

/**
 * When each message was handed over last, in ms since 1970, by id.
 *
 * @typedef {Map<string, number>} HandedOver
 */

/** In ms without an answer from the server, after which a message is sent again. */
export const RESEND_AFTER = 4000;

/**
 * The messages that are due: the server has said nothing of them for long enough, and the message that begins
 * their conversation has been accepted.
 *
 * @param {Unsent[]} messages
 * @param {HandedOver} handedOver
 * @param {number} now
 */
export function due(messages, handedOver, now) {
  const ids = new Set(messages.map((message) => message.id));
  return messages.filter(
    ({ id, follows }) => now - (handedOver.get(id) ?? 0) >= RESEND_AFTER && !ids.has(follows),
  );
}

/**
 * The messages to show as not sent: all of them while the connection is lost, otherwise those that have
 * waited a moment.
 *
 * @param {Unsent[]} messages
 * @param {HandedOver} handedOver
 * @param {boolean} connected
 * @param {number} now
 */
export function overdue(messages, handedOver, connected, now) {
  return messages.filter(({ id, follows }) => {
    const since = handedOver.get(id) ?? handedOver.get(follows) ?? 0;
    return !connected || now - since >= RESEND_AFTER / 2;
  });
}
