// Notifications of the system that a long answer is ready, if this browser's user wants them.

import { BASE } from "./base.js";
import { t } from "./words.js";

const KEY = "webchat.notify"; // in the browser's storage

/** Whether this browser has notifications; not on addresses without TLS, except on the machine itself. */
export const canNotify = () => "Notification" in window && window.isSecureContext;

/** Whether they are wanted and allowed. */
export const notifies = () =>
  canNotify() && Notification.permission === "granted" && localStorage.getItem(KEY) === "true";

/**
 * Turns notifications on, which may ask for permission, or off; returns whether they are on.
 *
 * @param {boolean} on
 */
export async function setNotifies(on) {
  const allowed = on && (await Notification.requestPermission()) === "granted";
  localStorage.setItem(KEY, String(allowed));
  return allowed;
}

/**
 * Shows a notification, which opens this tab.
 *
 * @param {string} title of the conversation; nothing of the answer, which others might see
 */
export function notifyOfAnswer(title) {
  const shown = new Notification(t("Your answer is ready"), {
    body: title,
    icon: `${BASE}/icons/any-192.png`,
  });
  shown.onclick = () => {
    window.focus();
    shown.close();
  };
}
