// Runs before the first paint: sets the theme (until the theme provider of the page runs) and the size of text, and
// stores the time zone, which is sent to the server with the first event.
(() => {
  // If the browser blocks storage, any access throws. It is replaced by one in memory.
  const memoryStorage = () => {
    /** @type {Map<string, string>} */
    const values = new Map();
    return {
      inMemory: true,
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
        Object.defineProperty(window, name, { value: memoryStorage(), configurable: true });
      } catch {
        // cannot be replaced either
      }
    }
  }
  // Libraries do not handle full storage: React would rerender the page endlessly. Their values, such as the
  // theme, are dropped; those of webchat are kept in memory by chat/storage.js.
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
  const size = Number(read("webchat.text_size"));
  if (size >= 50 && size <= 200) document.documentElement.style.fontSize = `${size}%`;
  // The on-screen keyboard makes the page smaller instead of covering it, and the page reaches the screen's edges.
  document
    .querySelector('meta[name="viewport"]')
    ?.setAttribute(
      "content",
      "width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content",
    );
  // What is typed into the message box before the scripts of the page have come; chat/use_composer.js takes it.
  window.webchatTyped = "";
  addEventListener(
    "input",
    ({ target }) => {
      const isComposer = target instanceof HTMLTextAreaElement && target.dataset.testid === "composer";
      if (isComposer && window.webchatTyped !== undefined) window.webchatTyped = target.value;
    },
    true,
  );
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (read("webchat.time_zone") === zone) return;
  try {
    localStorage.setItem("webchat.time_zone", zone);
  } catch {
    // full: times are shown in the time zone of the server
  }
})();
