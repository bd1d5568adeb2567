// Makes and uses passkeys in this browser.

import { t } from "./words.js";

/** Whether the browser has passkeys, and offers them at this address. */
export const hasPasskeys = () =>
  window.isSecureContext &&
  !/^[\d.]+$|^\[/.test(location.hostname) && // the browser refuses them at a network address
  typeof window.PublicKeyCredential?.parseRequestOptionsFromJSON === "function";

/**
 * Asks the server; what it answers is JSON.
 *
 * @param {string} address
 * @param {string} [body]
 * @throws {Refused} with the server's reason
 */
export async function ask(address, body) {
  const response = await fetch(address, { method: "POST", body }).catch(() => {
    throw new Refused(t("The server could not be reached. Check the connection and try again."));
  });
  const found = await response.json().catch(() => ({}));
  if (!response.ok)
    throw new Refused(
      found.error ?? t("The server answered with HTTP {status}.", { status: String(response.status) }),
    );
  return found;
}

/** Why something was not done, in words for the user. */
export class Refused extends Error {}

/**
 * Lets the user make a passkey; returns what the server needs to know of it.
 *
 * @param {PublicKeyCredentialCreationOptionsJSON} options
 */
export async function makePasskey(options) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return asText(await navigator.credentials.create({ publicKey }));
}

/**
 * Lets the user choose a passkey; returns what the server needs to know of it.
 *
 * @param {PublicKeyCredentialRequestOptionsJSON} options
 */
export async function choosePasskey(options) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return asText(await navigator.credentials.get({ publicKey }));
}

/**
 * Why `ask`, `makePasskey` or `choosePasskey` failed.
 *
 * @param {unknown} error
 * @param {string} kept what was not done
 */
export function reasonOf(error, kept) {
  if (error instanceof Refused) return error.message;
  const name = error instanceof Error ? error.name : "";
  if (name === "NotAllowedError" || name === "AbortError")
    return t("It was cancelled, took too long or is not possible on this device, so {kept}.", { kept });
  if (name === "InvalidStateError")
    return t("This device already has a passkey of yours, so {kept}.", { kept });
  return t("The browser could not do it ({name}), so {kept}. Try again, or use another device.", {
    name,
    kept,
  });
}

/** @param {Credential | null} credential */
function asText(credential) {
  if (!credential) throw new DOMException("", "AbortError");
  return JSON.stringify(credential);
}
