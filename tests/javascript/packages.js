// Lets the scripts of the pages import npm packages, which are installed here; loaded by Node before every test.

import { registerHooks } from "node:module";

registerHooks({
  resolve(specifier, context, nextResolve) {
    const own = context.parentURL?.includes("/assets/") && !/^(?:[./]|node:|file:)/.test(specifier);
    return nextResolve(specifier, own ? { ...context, parentURL: import.meta.url } : context);
  },
});
