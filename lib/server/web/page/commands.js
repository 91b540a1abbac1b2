// @ts-check
/// <reference lib="dom" />
/** The way in which the page commands the server, and asks how that stands; what it answers, or in words why it did not. */
import { BASE } from "./paths.js";

/**
 * Sends a command, or a question.
 *
 * @param {"GET" | "POST" | "DELETE"} method
 * @param {string} path
 * @param {Record<string, string>} params
 * @returns {Promise<{ answer: any, error: string }>} an error is empty where there is none
 */
export async function command(method, path, params) {
  try {
    const headers = { "x-requested-with": "pulso" };
    const url = `${BASE}api/${path}?${new URLSearchParams(params)}`;
    const response = await fetch(url, { method, headers });
    const answer = await response.json();
    return { answer, error: response.ok ? "" : answer.error };
  } catch {
    return { answer: null, error: "The server does not answer" };
  }
}
