// The path under which webchat is served, which the server writes into the pages when it starts.

const { __reactRouterContext: context } = /** @type {{ __reactRouterContext?: { basename?: string } }} */ (
  globalThis
);

/** The path without a slash at its end: empty, or for example "/chat". */
export const BASE = (context?.basename ?? "").replace(/\/$/, "");

/**
 * The path of a page without that of webchat, such as "/history".
 *
 * @param {string} path
 */
export const pagePath = (path = location.pathname) => path.slice(BASE.length);
