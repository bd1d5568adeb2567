// Registers assets/service_worker.js, which opens the pages without a connection.

import { BASE } from "./base.js";

/** Browsers have no service workers on addresses without TLS, except on the machine itself. */
export function registerServiceWorker() {
  navigator.serviceWorker?.register(`${BASE}/service_worker.js`).catch(() => {}); // the pages work without it
}
