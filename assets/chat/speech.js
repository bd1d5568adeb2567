// Reads text aloud with the browser's own voices.

/** Whether this browser can. */
export const canSpeak = () => "speechSynthesis" in window;

/**
 * Reads a text, instead of what is being read.
 *
 * @param {string} text
 * @param {() => void} onEnd called at the end, or when it is stopped
 */
export function speak(text, onEnd) {
  window.speechSynthesis.cancel();
  // A paragraph at a time: some browsers stop in the middle of a long text.
  const paragraphs = text.split(/\n+/).filter((paragraph) => paragraph.trim());
  let ended = !paragraphs.length;
  const end = () => {
    if (!ended) onEnd();
    ended = true;
  };
  if (ended) onEnd();
  for (const [index, paragraph] of paragraphs.entries()) {
    const utterance = new SpeechSynthesisUtterance(paragraph);
    if (index === paragraphs.length - 1) utterance.onend = end;
    utterance.onerror = end;
    window.speechSynthesis.speak(utterance);
  }
}

export function stopSpeaking() {
  window.speechSynthesis.cancel();
}
