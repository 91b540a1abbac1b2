// @ts-check
/// <reference lib="dom" />
/** Which keys are for the page, and who gets them. */

/** Whether a key is pressed with Ctrl, Alt or ⌘, and so is the browser's. @param {KeyboardEvent} event */
export function isWithModifier({ ctrlKey, metaKey, altKey }) {
  return ctrlKey || metaKey || altKey;
}

/** Whether a key is for a view: nothing else has taken it, and no field does. @param {KeyboardEvent} event */
export function isForView(event) {
  const { target, defaultPrevented } = event;
  const isTyped = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
  // What is asked above the page takes all keys.
  const isAsked = target instanceof Element && target.closest("dialog") !== null;
  return !defaultPrevented && !isTyped && !isAsked && !isWithModifier(event);
}

/**
 * Gives keys to a view, until the result is called.
 *
 * @param {Readonly<Record<string, () => void>>} commands what its keys do; Backspace does what Esc does
 * @param {(event: KeyboardEvent) => void} [onOther] is given all other keys that are for it
 * @param {() => void} [onClear] Esc in a field
 */
export function listenForKeys(commands, onOther = () => {}, onClear = () => {}) {
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape" && event.target instanceof HTMLInputElement) return onClear();
    if (!isForView(event)) return;
    const key = event.key === "Backspace" ? "Escape" : event.key;
    if (!Object.hasOwn(commands, key)) return onOther(event);
    event.preventDefault();
    commands[key]?.();
  };
  addEventListener("keydown", onKey);
  return () => removeEventListener("keydown", onKey);
}
