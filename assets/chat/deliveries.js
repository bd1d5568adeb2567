// Which messages of the outbox are sent now, and which are shown as not sent.

/** @typedef {import("./outbox.js").Unsent} Unsent */

/**
 * The time of the last attempt to send each message, in ms since 1970, by id.
 *
 * @typedef {Map<string, number>} SentAt
 */

/** The timeout in ms after which a message that the server has not acknowledged is sent again. */
export const RESEND_AFTER = 4000;

/**
 * The messages to send now: those without a response within the timeout, unless the message that starts their
 * conversation has not been accepted yet.
 *
 * @param {Unsent[]} messages
 * @param {SentAt} sentAt
 * @param {number} now
 */
export function due(messages, sentAt, now) {
  const ids = new Set(messages.map((message) => message.id));
  return messages.filter(
    ({ id, follows }) => now - (sentAt.get(id) ?? 0) >= RESEND_AFTER && !ids.has(follows),
  );
}

/**
 * The messages to show as not sent: all of them while disconnected, otherwise those that have waited for half
 * the timeout.
 *
 * @param {Unsent[]} messages
 * @param {SentAt} sentAt
 * @param {boolean} connected
 * @param {number} now
 */
export function overdue(messages, sentAt, connected, now) {
  return messages.filter(({ id, follows }) => {
    const since = sentAt.get(id) ?? sentAt.get(follows) ?? 0;
    return !connected || now - since >= RESEND_AFTER / 2;
  });
}
