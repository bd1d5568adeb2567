// The line above a page that has lost its connection: why, and what happens to what is typed.

import { useEffect, useSyncExternalStore } from "react";
import { BASE, pagePath } from "./base.js";
import { isSignedOut, setSignedOut, subscribeToSignedOut } from "./signed_out.js";
import { t } from "./words.js";

const BANNER = "shrink-0 bg-warning/15 px-4 py-1.5 pl-14 text-center text-sm md:pl-4";

/** Goes once the connection is back, which it only is for somebody who has signed in. */
export function ConnectionBanner() {
  const signedOut = useSyncExternalStore(subscribeToSignedOut, isSignedOut, () => false);

  useEffect(() => () => setSignedOut(false), []);

  if (!signedOut) {
    return (
      <div role="status" data-testid="offline" className={BANNER}>
        {t("Connection lost. Reconnecting… What you type is kept.")}
      </div>
    );
  }
  const here = encodeURIComponent(pagePath() + location.search);
  return (
    <div role="alert" data-testid="signed-out" className={BANNER}>
      {t("You are signed out. What you type is kept, and an answer that is being written is completed.")}{" "}
      <a
        href={`${BASE}/sign-in?next=${here}`}
        data-testid="sign-in"
        className="font-medium text-primary underline underline-offset-2"
      >
        {t("Sign in")}
      </a>
    </div>
  );
}
