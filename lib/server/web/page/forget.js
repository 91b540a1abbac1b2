// @ts-check
/// <reference lib="dom" />
/**
 * The button that has the server forget a host and its history: it asks once, and says what was deleted.
 */
import { command } from "./commands.js";
import { element, setText } from "./dom.js";

/** Makes it for a host. @param {string} id @param {() => string} nameOf it @param {(text: string) => void} onForgotten told what was deleted */
export function forgetButton(id, nameOf, onForgotten) {
  const text = element("span", {}, "");
  const ask = element("button", { type: "button", onclick: () => show(true) }, "Forget this host…");
  const yes = element("button", { type: "button", class: "danger", onclick: forget }, "Forget it");
  const no = element("button", { type: "button", onclick: () => show(false) }, "Keep it");
  const question = element("span", { class: "question", role: "alert", hidden: true });
  question.append(text, yes, no);
  const node = element("p", { class: "forget" }, ask, question);

  /** @param {boolean} isAsking */
  function show(isAsking) {
    ask.hidden = isAsking;
    question.hidden = !isAsking;
    setText(
      text,
      `Delete ${nameOf()} and its history? It cannot be undone. A host that still sends comes back as new.`,
    );
    (isAsking ? no : ask).focus();
  }

  async function forget() {
    yes.disabled = true;
    const { answer, error } = await command("POST", "forget", { host: id });
    yes.disabled = false;
    if (error !== "") return setText(text, error);
    onForgotten(answer.text);
  }

  return node;
}
