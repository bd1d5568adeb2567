// Chooses a file and sends it to the server as the body of one request.

import { Upload } from "lucide-react";
import { useState } from "react";
import { BASE } from "./base.js";
import { t } from "./words.js";

/**
 * @param {Response} response
 * @returns {Promise<string>} why the server refused it
 */
async function refusal(response) {
  const found = await response.json().catch(() => ({}));
  return (
    found.error ??
    t("The server answered with HTTP {status}. Nothing was imported.", { status: String(response.status) })
  );
}

/**
 * A button that chooses a file and uploads it to `address`; `onReceived` gets the field `answer` of the
 * server's answer as text, `onRefused` the reason.
 *
 * @param {{
 *   label: string,
 *   address?: string,
 *   answer?: string,
 *   onReceived?: (answer: string) => void,
 *   onRefused?: (reason: string) => void,
 * }} props
 */
export function ImportFile({ label, address = "/api/imports", answer = "id", onReceived, onRefused }) {
  const [sending, setSending] = useState(false);

  const send = async (/** @type {File} */ file) => {
    setSending(true);
    try {
      const response = await fetch(`${BASE}${address}`, { method: "POST", body: file });
      if (response.ok) onReceived?.(String((await response.json())[answer]));
      else onRefused?.(await refusal(response));
    } catch {
      onRefused?.(t("The file could not be sent. Nothing was imported. Check the connection and try again."));
    } finally {
      setSending(false);
    }
  };

  return (
    <label className="inline-flex cursor-pointer items-center gap-1.5 rounded-lg border border-border bg-card px-3 py-1.5 text-sm font-medium hover:bg-muted focus-within:outline-2 focus-within:outline-primary">
      <Upload size={15} aria-hidden />
      {sending ? t("Sending the file…") : label}
      <input
        type="file"
        accept=".json,.zip,application/json,application/zip"
        data-testid="import-file"
        disabled={sending}
        className="sr-only"
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = ""; // so that the same file can be chosen again
          if (file) send(file);
        }}
      />
    </label>
  );
}
