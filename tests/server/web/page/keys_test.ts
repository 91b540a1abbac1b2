import { assertEquals } from "@std/assert";
import { KEYS } from "../../../../lib/server/web/page/dialog.js";
import { renderHelp } from "../../../../lib/server/views/terminal/pages/help.ts";

/** What a terminal has alone: it is quit and drawn anew, and has a mouse by choice. */
const ONLY_TERMINAL = ["Ctrl-C", "Ctrl-L", "M", "q"];
/** What the page has alone: more views, the cells of the grid, what the browser keeps; and a name for the space bar. */
const ONLY_PAGE = ["2", "4", "Backspace", "Space", "h", "l", "t", "v"];

Deno.test("KEYS of the page are those of the terminal, but for what one of them has alone", () => {
  const lines = renderHelp(200, null);
  const end = lines.findIndex((line) => line.some(({ text }) => text.includes("STATUS")));
  const ofTerminal = lines.slice(0, end).flatMap((line) =>
    line.filter(({ style }) => style === "accent").flatMap(({ text }) => text.trim().split(" "))
  );
  const ofPage = Object.values(KEYS).flat().flatMap(([keys]) => keys.split(" "));
  const [page, terminal] = [new Set(ofPage), new Set(ofTerminal)];
  assertEquals([...terminal.difference(page)].sort(), ONLY_TERMINAL);
  assertEquals([...page.difference(terminal)].sort(), ONLY_PAGE);
});
