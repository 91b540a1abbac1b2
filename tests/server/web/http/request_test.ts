import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { HttpError } from "../../../../lib/server/web/http/response.ts";
import {
  checkBeginning,
  findEnd,
  findStart,
  MAX_HEAD_BYTES,
  MAX_HEADERS,
  readHead,
} from "../../../../lib/server/web/http/request.ts";

/** One byte for each character. */
const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const read = (text: string) => readHead(bytesOf(text));
const HOST = "Host: a\r\n\r\n";

Deno.test("readHead() reads method, path, headers, and what may follow", async (t) => {
  const cases: [text: string, expected: Partial<ReturnType<typeof read>>][] = [
    [`GET / HTTP/1.1\r\n${HOST}`, { method: "GET", path: "/", isHttp11: true, keepsAlive: true }],
    [`GET /a?b=c HTTP/1.1\r\nX-A:  b c\t\r\n${HOST}`, {
      path: "/a?b=c",
      headers: [["x-a", "b c"], ["host", "a"]],
    }],
    ["GET / HTTP/1.0\r\n\r\n", { headers: [], isHttp11: false, keepsAlive: false }],
    ["GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", { keepsAlive: false }],
    [`GET / HTTP/1.7\r\n${HOST}`, { isHttp11: true }],
    [`GET / HTTP/1.1\r\nConnection: x, Close\r\n${HOST}`, { keepsAlive: false }],
    [`HEAD / HTTP/1.1\r\n${HOST}`, { method: "HEAD" }],
    [`GET /h\xc3\xbc HTTP/1.1\r\n${HOST}`, { path: "/h%c3%bc" }],
    [`GET //x HTTP/1.1\r\n${HOST}`, { path: "//x" }],
    ["GET http://b:1/c?d HTTP/1.1\r\nHost: a\r\n\r\n", {
      path: "/c?d",
      headers: [["host", "b:1"]],
    }],
    ["GET HTTP://b HTTP/1.1\r\nHost: a\r\n\r\n", { path: "/", headers: [["host", "b"]] }],
    ["GET http://b?c HTTP/1.1\r\nHost: a\r\n\r\n", { path: "/?c" }],
    [`OPTIONS * HTTP/1.1\r\n${HOST}`, { method: "OPTIONS" }],
    ["CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", { method: "CONNECT" }],
    // What carries a body, or could be read in another way, is the last.
    [`GET / HTTP/1.1\r\nContent-Length: 0\r\n${HOST}`, { keepsAlive: true }],
    [`GET / HTTP/1.1\r\nContent-Length: 5\r\n${HOST}`, { keepsAlive: false }],
    [`POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${HOST}`, { keepsAlive: false }],
    [`GET / HTTP/1.1\nHost: a\n\n`, { keepsAlive: false }],
    [`GET / HTTP/1.1\r\nX: y\nHost: a\r\n\r\n`, { keepsAlive: false }],
  ];
  for (const [text, expected] of cases) {
    await t.step(JSON.stringify(text), () => {
      const head = read(text);
      assertEquals({ ...head, ...expected }, head);
    });
  }
});

Deno.test("readHead() refuses what is none, or what two readers could take for two things", async (t) => {
  const cases: [text: string, status: number][] = [
    ["\r\n\r\n", 400],
    ["GET /\r\n\r\n", 400],
    [`GET  / HTTP/1.1\r\n${HOST}`, 400],
    [`GET / HTTP/1.1 \r\n${HOST}`, 400],
    [`GET / http/1.1\r\n${HOST}`, 400],
    [`GET / HTTP/11\r\n${HOST}`, 400],
    [`GET /a b HTTP/1.1\r\n${HOST}`, 400],
    [`GET /\0 HTTP/1.1\r\n${HOST}`, 400],
    [`GET x HTTP/1.1\r\n${HOST}`, 400],
    [`GET * HTTP/1.1\r\n${HOST}`, 400],
    [`GET ftp://a/ HTTP/1.1\r\n${HOST}`, 400],
    [`G(T / HTTP/1.1\r\n${HOST}`, 400],
    [`GET / HTTP/2.0\r\n${HOST}`, 505],
    [`GET / HTTP/0.9\r\n${HOST}`, 505],
    ["PRI * HTTP/2.0\r\n\r\n", 505],
    ["GET / HTTP/1.1\r\n\r\n", 400],
    [`GET / HTTP/1.1\r\nHost: b\r\n${HOST}`, 400],
    ["GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400],
    ["GET http://u@b/ HTTP/1.1\r\nHost: b\r\n\r\n", 400],
    [`GET / HTTP/1.1\r\nNo colon\r\n${HOST}`, 400],
    [`GET / HTTP/1.1\r\nX : y\r\n${HOST}`, 400],
    [`GET / HTTP/1.1\r\n: y\r\n${HOST}`, 400],
    [`GET / HTTP/1.1\r\nX: y\r\n folded\r\n${HOST}`, 400],
    [`GET / HTTP/1.1\r\nX: y\rz\r\n${HOST}`, 400],
    [`GET / HTTP/1.1\r\nX: y\0\r\n${HOST}`, 400],
    [`GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n${HOST}`, 400],
    [`GET / HTTP/1.1\r\nContent-Length: 1, 1\r\n${HOST}`, 400],
    [`GET / HTTP/1.1\r\nContent-Length: -1\r\n${HOST}`, 400],
    [`GET / HTTP/1.1\r\nContent-Length: 0x5\r\n${HOST}`, 400],
    [`GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n${HOST}`, 400],
    ["GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400],
    [`GET / HTTP/1.1\r\n${"X: y\r\n".repeat(MAX_HEADERS)}${HOST}`, 431],
  ];
  for (const [text, status] of cases) {
    await t.step(JSON.stringify(text.slice(0, 100)), () => {
      assertEquals(assertThrows(() => read(text), HttpError).status, status);
    });
  }
});

Deno.test("readHead() either reads or refuses whatever comes", () => {
  const line = fc.stringMatching(/^[A-Z:/. \t\r\xff-]{0,20}$/);
  fc.assert(fc.property(fc.array(line), fc.constantFrom("\n", "\r\n"), (lines, end) => {
    try {
      read(`GET / HTTP/1.1\r\n${lines.join(end)}${end}${end}`);
    } catch (error) {
      assertEquals(error instanceof HttpError, true, String(error));
    }
  }));
});

Deno.test("readHead() takes no longer for what is made to take long", () => {
  for (const text of [" ".repeat(16_000), "\t ".repeat(8_000), ":".repeat(16_000)]) {
    read(`GET / HTTP/1.1\r\nX: a${text}b${text}\r\n${HOST}`);
  }
});

Deno.test("findStart() and findEnd() find a head between empty lines and what follows", async (t) => {
  const cases: [text: string, start: number, end: number | null][] = [
    ["", 0, null],
    ["\r\n\r\n", 4, null],
    ["GET", 0, null],
    ["a\r\n\r", 0, null],
    ["a\r\n\r\n", 0, 5],
    ["\r\na\r\nb\r\n\r\nrest\r\n\r\n", 2, 10],
    ["a\n\nb", 0, 3],
    ["a\n\r\nb", 0, 4],
    ["a\n\rb\r\n\n", 0, 7],
  ];
  for (const [text, start, end] of cases) {
    await t.step(JSON.stringify(text), () => {
      const bytes = bytesOf(text);
      assertEquals([findStart(bytes), findEnd(bytes, start)], [start, end]);
    });
  }
});

Deno.test("checkBeginning() refuses what will never be a head", async (t) => {
  const cases: [text: string, status: number | null][] = [
    ["", null],
    ["GET / HT", null],
    ["\x16\x03\x01\x02", 400],
    ["{}", 400],
    ["\xff", 400],
    [`GET /${"x".repeat(MAX_HEAD_BYTES - 6)}`, null],
    [`GET /${"x".repeat(MAX_HEAD_BYTES)}`, 414],
    [`GET / HTTP/1.1\r\nX: ${"x".repeat(MAX_HEAD_BYTES)}`, 431],
  ];
  for (const [text, status] of cases) {
    await t.step(JSON.stringify(text.slice(0, 30)), () => {
      const check = () => checkBeginning(bytesOf(text));
      if (status === null) check();
      else assertEquals(assertThrows(check, HttpError).status, status);
    });
  }
});
