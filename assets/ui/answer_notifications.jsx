// The setting for notifications of answers, which the browser keeps.

import { useEffect, useState } from "react";
import { canNotify, notifies, setNotifies } from "./notification.js";
import { t } from "./words.js";

export function AnswerNotifications() {
  const [possible, setPossible] = useState(false);
  const [on, setOn] = useState(false);
  const [refused, setRefused] = useState(false);

  useEffect(() => {
    setPossible(canNotify());
    setOn(notifies());
  }, []);

  const change = async (/** @type {boolean} */ wanted) => {
    const allowed = await setNotifies(wanted);
    setOn(allowed);
    setRefused(wanted && !allowed);
  };
  return (
    <div className="rounded-2xl border border-border bg-card p-4">
      <label className="flex items-center gap-3 text-sm font-medium">
        <input
          type="checkbox"
          data-testid="notifications"
          checked={on}
          disabled={!possible}
          onChange={(event) => change(event.target.checked)}
          className="size-4 shrink-0 accent-primary"
        />
        {t("Notify me when a long answer is ready")}
      </label>
      <p className="mt-1 ps-7 text-sm text-muted-foreground" role="status">
        {refused
          ? t(
              "The browser does not allow notifications from this site. Allow them in the settings of the site, then try again.",
            )
          : t(
              "For answers that take longer than ten seconds while you are in another tab or app. This browser only.",
            )}
      </p>
    </div>
  );
}
