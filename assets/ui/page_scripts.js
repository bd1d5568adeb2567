// Fetches the scripts of the page of a conversation before one is opened.
//
// Not PrefetchPageLinks of React Router: where a script cannot be fetched, it loads the whole page again, which
// without a connection ends in an error of the browser.

const ROUTE = "c/:conversation";

/** @typedef {{ path?: string, module: string, imports?: string[] }} Route */

/** Adds a link for each script, which the browser fetches when it has nothing else to do. */
export function prefetchConversationScripts() {
  /** @type {Record<string, Route>} */
  const routes = /** @type {any} */ (window).__reactRouterManifest?.routes ?? {};
  const route = Object.values(routes).find(({ path }) => path === ROUTE);
  for (const href of route ? [route.module, ...(route.imports ?? [])] : []) {
    if (document.head.querySelector(`link[href="${CSS.escape(href)}"]`)) continue;
    document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href }));
  }
}
