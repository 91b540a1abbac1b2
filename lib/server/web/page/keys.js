// @ts-check
/// <reference lib="dom" />
/** Which keys are for the page. */

/** Whether a key is pressed with Ctrl, Alt or ⌘, and so is the browser's. @param {KeyboardEvent} event */
export function isWithModifier({ ctrlKey, metaKey, altKey }) {
  return ctrlKey || metaKey || altKey;
}

/** Whether a key is for a view: nothing else has taken it, and no field does. @param {KeyboardEvent} event */
export function isForView(event) {
  const { target, defaultPrevented } = event;
  const isTyped = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
  return !defaultPrevented && !isTyped && !isWithModifier(event);
}
