// Offers to sign in with a passkey on the sign-in page, which works without this too.

import { ask, choosePasskey, hasPasskeys, reasonOf } from "./ui/passkeys.js";
import { t } from "./ui/words.js";

/** Beside this file, at any path under which webchat is served. */
const OPTIONS = new URL("sign-in/passkey", import.meta.url).href;
const form = /** @type {HTMLFormElement} */ (document.querySelector('[data-testid="passkey-form"]'));
const answer = /** @type {HTMLInputElement} */ (form.elements.namedItem("passkey"));
const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
const alert = /** @type {HTMLElement} */ (form.querySelector('[role="alert"]'));

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  alert.hidden = true;
  try {
    answer.value = await choosePasskey(await ask(OPTIONS));
    form.submit();
  } catch (error) {
    alert.textContent = reasonOf(error, t("nobody was signed in"));
    alert.hidden = false;
    button.disabled = false;
  }
});
form.hidden = !hasPasskeys();
