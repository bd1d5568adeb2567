// Buttons that copy text.

import { Check, Copy } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";
import { writeClipboard } from "./clipboard.js";
import { elementOf } from "./element_of.js";
import { t } from "./words.js";

/**
 * A button that copies a text; with `auto`, also when it is mounted.
 *
 * @param {{ text: string, auto?: boolean, testid?: string }} props
 */
export function CopyText({ text, auto = false, testid = "copy-text" }) {
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const timer = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));
  const [copied, setCopied] = useState(false);

  useEffect(() => () => clearTimeout(timer.current), []);

  // If copying fails, the text of the field beside the button is selected for manual copying.
  const copy = useCallback(async () => {
    const around = elementOf(button).parentElement ?? document.body;
    const done = await writeClipboard(text, around);
    setCopied(done);
    const field = around.querySelector("input[readonly]");
    if (!done && field instanceof HTMLInputElement) field.select();
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setCopied(false), 2500);
  }, [text]);
  useEffect(() => {
    if (auto) copy();
  }, [auto, copy]);

  const Icon = copied ? Check : Copy;
  return (
    <button
      ref={button}
      type="button"
      data-testid={testid}
      data-copied={copied}
      onClick={copy}
      className="inline-flex shrink-0 items-center justify-center gap-1.5 rounded-lg border border-border bg-card px-3.5 py-2 text-sm font-medium hover:bg-muted"
    >
      <Icon size={15} aria-hidden />
      <span aria-live="polite">{copied ? t("Copied") : t("Copy")}</span>
    </button>
  );
}

/**
 * A button that looks like a link within a sentence; `text` is called on click.
 *
 * @param {{ text: () => string }} props
 */
export function CopyLink({ text }) {
  const [label, setLabel] = useState(t("Copy"));
  const copy = async () => setLabel((await writeClipboard(text())) ? t("Copied") : t("Could not copy"));
  return (
    <button
      type="button"
      data-testid="copy-plain"
      onClick={copy}
      className="text-primary underline underline-offset-2"
    >
      {label}
    </button>
  );
}
