// Dictation by the browser. Some browsers send what is said to their maker to have it recognised.

import { useCallback, useEffect, useRef, useState } from "react";
import { t } from "../ui/words.js";

/**
 * The parts of https://wicg.github.io/speech-api/ that are used here.
 *
 * @typedef {{ isFinal: boolean, 0: { transcript: string } }} Result
 * @typedef {EventTarget & {
 *   continuous: boolean,
 *   lang: string,
 *   start: () => void,
 *   stop: () => void,
 *   onresult: (event: { resultIndex: number, results: Result[] }) => void,
 *   onerror: (event: { error: string }) => void,
 *   onend: () => void,
 * }} Recognition
 */

/** @type {Record<string, string>} */
const PROBLEMS = {
  "not-allowed": t("The browser does not allow the microphone for this site."),
  "audio-capture": t("No microphone was found."),
  network: t("The browser could not reach its service for dictation."),
};

/** @returns {(new () => Recognition) | undefined} */
const recognitionClass = () => {
  const found = /** @type {any} */ (window);
  return found.SpeechRecognition ?? found.webkitSpeechRecognition;
};

/**
 * Whether the browser can take dictation, whether it listens, what failed, and a function that starts and stops.
 *
 * @param {(words: string) => void} onWords gets what was said, piece by piece
 */
export function useDictation(onWords) {
  const [possible, setPossible] = useState(false);
  const [listening, setListening] = useState(false);
  const [problem, setProblem] = useState("");
  const recognition = useRef(/** @type {Recognition | null} */ (null));
  const words = useRef(onWords);
  words.current = onWords;

  useEffect(() => {
    setPossible(Boolean(recognitionClass()) && window.isSecureContext);
    return () => recognition.current?.stop();
  }, []);

  const toggle = useCallback(() => {
    if (recognition.current) {
      recognition.current.stop();
      return;
    }
    const Class = recognitionClass();
    if (!Class) return;
    const started = new Class();
    started.continuous = true;
    started.lang = navigator.language;
    started.onresult = ({ resultIndex, results }) => {
      for (let at = resultIndex; at < results.length; at += 1)
        if (results[at].isFinal) words.current(results[at][0].transcript.trim());
    };
    started.onerror = ({ error }) => {
      if (error !== "no-speech" && error !== "aborted")
        setProblem(PROBLEMS[error] ?? t("The browser stopped taking dictation."));
    };
    started.onend = () => {
      recognition.current = null;
      setListening(false);
    };
    recognition.current = started;
    setProblem("");
    setListening(true);
    started.start();
  }, []);

  return { possible, listening, problem, toggle };
}
