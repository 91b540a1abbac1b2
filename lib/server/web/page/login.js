// @ts-check
/// <reference lib="dom" />
/**
 * The page that asks for the token. Whoever follows a link from elsewhere brings no SameSite=Strict
 * cookie along: this page asks once more from here, and where that is answered there is nothing to type.
 */
const { ok } = await fetch(location.href, { method: "HEAD", headers: { accept: "text/html" } });
if (ok) location.replace(location.href);

export {};
