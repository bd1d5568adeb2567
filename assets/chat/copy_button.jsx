// A button that copies a message.

import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { writeClipboard } from "../ui/clipboard.js";
import { t } from "../ui/words.js";
import { textOf } from "./message_parts.js";
import { currentMessage } from "./message_store.js";

/**
 * A button that copies the text of a message.
 *
 * @param {{ messageId: string }} props
 */
export function CopyButton({ messageId }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    setCopied(await writeClipboard(textOf(currentMessage(messageId).parts)));
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <button
      type="button"
      data-testid="copy"
      onClick={copy}
      aria-label={copied ? t("Copied") : t("Copy")}
      title={copied ? t("Copied") : t("Copy")}
      className="grid size-8 place-items-center rounded-md text-muted-foreground hover:bg-muted hover:text-foreground"
    >
      {copied ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />}
    </button>
  );
}
