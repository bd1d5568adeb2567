// The names of keys on this machine.

import { useSyncExternalStore } from "react";
import { isMac, keyNames } from "./shortcuts.js";

const never = () => () => {};

/** Whether this is a Mac; the server renders the page as for other machines. */
export const useIsMac = () => useSyncExternalStore(never, isMac, () => false);

/** @param {{ keys: string }} props such as `Mod+K` */
export function Keys({ keys }) {
  const mac = useIsMac();
  return (
    <kbd className="shrink-0 whitespace-nowrap rounded-md border border-border bg-muted px-1.5 py-0.5 font-sans text-xs text-muted-foreground">
      {keyNames(keys, mac)}
    </kbd>
  );
}
