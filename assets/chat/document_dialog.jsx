// What was read from a document, with its tokens. Before the message is sent, it can be cut.

import { Download } from "lucide-react";
import { useEffect, useState } from "react";
import { PlainText } from "../markdown/plain_text.jsx";
import { ModalDialog } from "../ui/dialog.jsx";
import { t } from "../ui/words.js";
import { cutText, MOST_SHOWN, typedCut } from "./document_cut.js";
import { tokensText } from "./file_kinds.js";
import { contentAddress, readText, textAddress } from "./file_requests.js";

/** @typedef {{ id: string, name: string, tokens: number, cut: number | null }} Document */

/**
 * The field that says how much of the document the model gets.
 *
 * @param {{ file: Document, onCut: (tokens: number | null) => Promise<void> }} props
 */
function CutField({ file: { tokens, cut }, onCut }) {
  const [typed, setTyped] = useState(String(cut ?? tokens));
  const [problem, setProblem] = useState("");
  useEffect(() => setTyped(String(cut ?? tokens)), [cut, tokens]);

  const save = async (/** @type {number | null | undefined} */ wanted) => {
    if (wanted === undefined) {
      setProblem(t("Write a number from 1 to {most}.", { most: tokens }));
      return;
    }
    setProblem("");
    if (wanted === cut) setTyped(String(cut ?? tokens));
    else await onCut(wanted).catch((error) => setProblem(error.message));
  };
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <label className="flex items-center gap-2">
        {t("Send the first")}
        <input
          data-testid="cut-tokens"
          inputMode="numeric"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={() => save(typedCut(typed, tokens))}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault(); // a form around it would be sent
            save(typedCut(typed, tokens));
          }}
          className="w-24 rounded-lg border border-input bg-card px-2 py-1 text-end tabular-nums"
        />
        {t("of {tokens}", { tokens: tokensText(tokens) })}
      </label>
      <input
        type="range"
        aria-label={t("Tokens to send")}
        data-testid="cut-range"
        min={1}
        max={tokens}
        value={Number(typed) || tokens}
        onChange={(event) => setTyped(event.target.value)}
        onPointerUp={() => save(typedCut(typed, tokens))}
        onKeyUp={() => save(typedCut(typed, tokens))}
        className="min-w-32 flex-1 accent-primary"
      />
      {problem && (
        <p role="alert" className="w-full text-danger">
          {problem}
        </p>
      )}
    </div>
  );
}

/** @param {{ file: Document }} props */
function TextRead({ file: { id, tokens, cut } }) {
  const [text, setText] = useState(/** @type {string | null} */ (null));
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let gone = false;
    readText(id).then(
      (found) => !gone && setText(found),
      (error) => !gone && setProblem(error.message),
    );
    return () => {
      gone = true;
    };
  }, [id]);

  if (problem) return <p role="alert">{problem}</p>;
  if (text === null) return <div className="skeleton h-40" />;
  const [kept, left] = cutText(text.slice(0, MOST_SHOWN), tokens, cut);
  return (
    <div
      dir="auto"
      data-testid="document-text"
      className="whitespace-pre-wrap text-[0.9375rem] leading-6 wrap-anywhere"
    >
      <PlainText text={kept} />
      {left && (
        <div data-testid="document-left-out" className="mt-3 border-t border-dashed border-border pt-3">
          <p className="mb-2 text-sm font-medium">{t("The model does not get what follows.")}</p>
          <div className="text-muted-foreground">
            <PlainText text={left} />
          </div>
        </div>
      )}
      {text.length > MOST_SHOWN && (
        <p className="mt-4">
          <a href={textAddress(id)} target="_blank" rel="noopener" className="text-primary underline">
            {t("Open the whole text")}
          </a>
        </p>
      )}
    </div>
  );
}

/**
 * @param {{
 *   file: Document,
 *   open: boolean,
 *   onCut?: (tokens: number | null) => Promise<void>,
 *   onClose: () => void,
 * }} props without `onCut` the document can no longer be cut
 */
export function DocumentDialog({ file, open, onCut, onClose }) {
  const { id, name, tokens, cut } = file;
  return (
    <ModalDialog open={open} label={name} testid="document-dialog" onClose={onClose}>
      <div className="sticky top-0 space-y-2 border-b border-border bg-background px-5 py-3 text-sm">
        <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
          <p className="text-muted-foreground">
            {cut === null || cut >= tokens
              ? t("The model gets what was read: {tokens}.", { tokens: tokensText(tokens) })
              : t("The model gets the first {tokens} of {all}.", { tokens: tokensText(cut), all: tokens })}
          </p>
          <a
            href={contentAddress(id)}
            download={name}
            className="flex items-center gap-1.5 text-primary underline-offset-3 hover:underline"
          >
            <Download size={15} aria-hidden /> {t("Download")}
          </a>
        </div>
        {onCut && tokens > 1 && <CutField file={file} onCut={onCut} />}
      </div>
      <div className="px-5 py-4">
        <TextRead file={file} />
      </div>
    </ModalDialog>
  );
}
