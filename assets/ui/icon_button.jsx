// Small buttons that show an icon.

import { Check, Copy } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { writeClipboard } from "./clipboard.js";
import { t } from "./words.js";

const SHAPE =
  "grid size-8 shrink-0 place-items-center rounded-md text-muted-foreground hover:bg-border/60 hover:text-foreground aria-pressed:text-primary";

/**
 * @param {{
 *   label: string,
 *   icon: import("react").FunctionComponent<{ size?: number }>,
 *   onClick: () => void,
 *   pressed?: boolean,
 *   testid?: string,
 * }} props
 */
export function IconButton({ label, icon: Icon, onClick, pressed, testid }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      data-testid={testid}
      onClick={onClick}
      className={SHAPE}
    >
      <Icon size={15} aria-hidden />
    </button>
  );
}

/**
 * A button that copies what `text` returns when it is pressed.
 *
 * @param {{ label: string, text: () => string, testid: string }} props
 */
export function CopyIcon({ label, text, testid }) {
  const [copied, setCopied] = useState(false);
  const timer = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async () => {
    setCopied(await writeClipboard(text()));
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setCopied(false), 1500);
  };
  return (
    <IconButton
      label={copied ? t("Copied") : label}
      icon={copied ? Check : Copy}
      onClick={copy}
      testid={testid}
    />
  );
}
