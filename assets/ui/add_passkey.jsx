// Adds a passkey to the account of the user.

import { KeyRound } from "lucide-react";
import { useEffect, useState } from "react";
import { BASE } from "./base.js";
import { ask, hasPasskeys, makePasskey, reasonOf } from "./passkeys.js";
import { t } from "./words.js";

/**
 * A button that lets the user make a passkey, which the server gets with the name; or why there is none.
 *
 * @param {{ name?: string, onAdded?: (id: string) => void, onRefused?: (reason: string) => void }} props
 */
export function AddPasskey({ name = "", onAdded, onRefused }) {
  const [possible, setPossible] = useState(true);
  const [waiting, setWaiting] = useState(false);
  useEffect(() => setPossible(hasPasskeys()), []);

  const add = async () => {
    setWaiting(true);
    try {
      const made = await makePasskey(await ask(`${BASE}/api/passkeys/options`));
      const { id } = await ask(`${BASE}/api/passkeys?name=${encodeURIComponent(name)}`, made);
      onAdded?.(id);
    } catch (error) {
      onRefused?.(reasonOf(error, t("no passkey was added")));
    } finally {
      setWaiting(false);
    }
  };

  if (!possible)
    return (
      <p data-testid="passkey-impossible" className="text-sm text-muted-foreground">
        {t(
          "Passkeys do not work in this browser at this address. They need one with a name, not a number, that begins with https.",
        )}
      </p>
    );
  return (
    <button
      type="button"
      data-online=""
      data-testid="passkey-add"
      disabled={waiting}
      onClick={add}
      className="inline-flex items-center justify-center gap-1.5 rounded-lg border border-border bg-card px-3.5 py-2 text-sm font-medium transition-colors hover:bg-muted disabled:opacity-50"
    >
      <KeyRound size={15} aria-hidden />
      {waiting ? t("Waiting for your device…") : t("Add a passkey")}
    </button>
  );
}
