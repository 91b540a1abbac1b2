// @ts-check
/// <reference lib="dom" />
/**
 * What lies over the page after it was opened, and is to be out of the way again: it closes on Esc,
 * and as soon as something else is pressed.
 */

/** Makes a popup of a `details`. @template {HTMLDetailsElement} D @param {D} node @returns {D} */
export function popup(node) {
  const onPress = (/** @type {Event} */ { target }) => {
    if (!(target instanceof Node && node.contains(target))) node.open = false;
  };
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape" || !node.open) return;
    // What else Esc means on this page is for the next time.
    event.stopPropagation();
    if (node.contains(document.activeElement)) node.querySelector("summary")?.focus();
    node.open = false;
  };
  node.classList.add("popup");
  // At once, as what follows an opening is told later than a key that was waiting.
  node.addEventListener("keydown", onKey);
  node.addEventListener("toggle", () => {
    const listen = node.open ? "addEventListener" : "removeEventListener";
    document[listen]("pointerdown", onPress);
    document[listen]("keydown", /** @type {EventListener} */ (onKey));
  });
  return node;
}
