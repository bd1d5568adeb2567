// Whether something unsent would be lost with this tab, for React.

import { useSyncExternalStore } from "react";
import { isOnlyInThisTab, watchStorage } from "./storage.js";

/** Whether something unsent would be lost with this tab. */
export const useOnlyInThisTab = () => useSyncExternalStore(watchStorage, isOnlyInThisTab, () => false);
