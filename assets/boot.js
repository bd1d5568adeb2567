// Runs before the first paint: sets the theme (the page's own theme provider takes over once it runs) and
// leaves the time zone where the server's first event reads it.
(() => {
  // Where the browser forbids storage, even naming it throws. The page gets one that lives as
  // long as it does.
  const inMemory = () => {
    /** @type {Map<string, string>} */
    const values = new Map();
    return {
      lostWithTheTab: true,
      getItem: (/** @type {string} */ key) => values.get(String(key)) ?? null,
      setItem: (/** @type {string} */ key, /** @type {string} */ value) =>
        void values.set(String(key), String(value)),
      removeItem: (/** @type {string} */ key) => void values.delete(String(key)),
      clear: () => values.clear(),
      key: (/** @type {number} */ index) => [...values.keys()][index] ?? null,
      get length() {
        return values.size;
      },
    };
  };
  for (const name of /** @type {const} */ (["localStorage", "sessionStorage"])) {
    try {
      window[name].getItem("theme");
    } catch {
      try {
        Object.defineProperty(window, name, { value: inMemory(), configurable: true });
      } catch {
        // the browser does not let it be replaced either
      }
    }
  }
  // Libraries of the page do not expect full storage: React would build the page anew without end. What they
  // would have stored, such as the theme, is forgotten; what webchat stores is kept in chat/storage.js.
  const { setItem } = Storage.prototype;
  Storage.prototype.setItem = function (key, value) {
    try {
      setItem.call(this, key, value);
    } catch (error) {
      if (String(key).startsWith("webchat.")) throw error;
    }
  };
  const read = (/** @type {string} */ key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };
  const saved = read("theme") || "system";
  const dark = saved === "dark" || (saved === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.add(dark ? "dark" : "light");
  document.documentElement.style.colorScheme = dark ? "dark" : "light";
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (read("webchat.time_zone") === zone) return;
  try {
    localStorage.setItem("webchat.time_zone", zone);
  } catch {
    // full: times are shown in the server's zone
  }
})();
