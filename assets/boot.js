// Runs before the first paint: sets the theme (the page's own theme provider takes over once it runs) and
// leaves the time zone where the server's first event reads it.
(() => {
  const saved = localStorage.getItem("theme") || "system";
  const dark = saved === "dark" || (saved === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.add(dark ? "dark" : "light");
  document.documentElement.style.colorScheme = dark ? "dark" : "light";
  localStorage.setItem("webchat.time_zone", Intl.DateTimeFormat().resolvedOptions().timeZone);
})();
