// @ts-check
/// <reference lib="dom" />
/**
 * Makes and changes elements. Foreign text only ever becomes text: nothing here parses markup.
 */

/** @typedef {Record<string, string | boolean | number | ((event: any) => void)>} Properties */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Makes an element: attributes by name, listeners as `onclick`, children as text or elements.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Properties} properties
 * @param {...(string | Node)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  assign(made, properties);
  made.append(...children);
  return made;
}

/**
 * Makes an element of a drawing.
 *
 * @param {string} tag
 * @param {Properties} properties
 * @param {...Node} children
 * @returns {SVGElement}
 */
export function drawing(tag, properties = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  assign(made, properties);
  made.append(...children);
  return made;
}

/** @param {Element} target @param {Properties} properties */
function assign(target, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") target.addEventListener(name.slice(2), value);
    else setAttribute(target, name, value);
  }
}

/**
 * Sets an attribute, or takes it away when it is `false`; leaves it alone when it is so already.
 *
 * @param {Element} target
 * @param {string} name
 * @param {string | boolean | number} value
 */
export function setAttribute(target, name, value) {
  if (value === false) return target.removeAttribute(name);
  const text = value === true ? "" : String(value);
  if (target.getAttribute(name) !== text) target.setAttribute(name, text);
}

/**
 * Sets a text, and touches the page only when it is another.
 *
 * @param {Node} target
 * @param {string} text
 */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** Shows nothing that is in some elements until the result is called: what is not known has no size yet, and would move the rest. What is made before the call gets its style twice. @param {...HTMLElement} nodes */
export function hiddenUntilTold(...nodes) {
  for (const node of nodes) node.classList.add("is-untold");
  return () => {
    for (const node of nodes) node.classList.remove("is-untold");
  };
}

/** A sign, in the font that all signs have, and what follows it. @param {string} sign @param {Node | string} text @returns {[HTMLElement, Node | string]} */
export function signed(sign, text) {
  return [element("span", { class: "sign" }, sign), text];
}
