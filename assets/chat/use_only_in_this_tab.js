// Whether closing this tab would lose unsent text, as a React hook.

import { useSyncExternalStore } from "react";
import { isOnlyInThisTab, subscribeToStorage } from "./storage.js";

/** Whether closing this tab would lose unsent text. */
export const useOnlyInThisTab = () => useSyncExternalStore(subscribeToStorage, isOnlyInThisTab, () => false);
