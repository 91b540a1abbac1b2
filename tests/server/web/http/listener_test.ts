import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { AddressTakenError, bindListener } from "../../../../lib/server/web/http/listener.ts";

const LOOPBACK = { hostname: "127.0.0.1", port: 0 };

function test(name: string, fn: () => Promise<void>): void {
  const ignore = Deno.permissions.querySync({ name: "net" }).state !== "granted";
  Deno.test({ name: `${name} (needs --allow-net)`, ignore, fn });
}

test("bindListener() takes the port that is free, and says so when it is not", async () => {
  const listener = bindListener(LOOPBACK);
  const ended = listener.acceptAll({ onClient: () => false, onFailure: () => {} });
  const { message } = assertThrows(() => bindListener(listener.address), AddressTakenError);
  assertMatch(message, /^Cannot serve the page on 127\.0\.0\.1:\d+: the port is taken; stop/);
  listener.close();
  await ended;
});

test("acceptAll() hands on every client with its address, and ends when it is closed", async () => {
  const listener = bindListener(LOOPBACK);
  const came: string[] = [];
  const allCame = Promise.withResolvers<void>();
  const ended = listener.acceptAll({
    onClient(stream, address) {
      stream.close();
      if (came.push(address) === 50) allCame.resolve();
      return came.length % 2 === 0;
    },
    onFailure: (error) => allCame.reject(error),
  });
  const clients = await Promise.all(Array.from({ length: 50 }, () => {
    return Deno.connect(listener.address);
  }));
  await allCame.promise;
  for (const client of clients) client.close();
  listener.close();
  await ended;
  assertEquals(new Set(came), new Set(["127.0.0.1"]));
});

test("acceptAll() goes on after a failure, and tells of those that are the system's", async () => {
  const emfile = Object.assign(new Error("Too many open files (os error 24)"), { code: "EMFILE" });
  const other = Object.assign(new Error("No buffer space available"), { code: "ENOBUFS" });
  const gone = Object.assign(new Error("Transport endpoint is not connected"), {
    code: "ENOTCONN",
  });
  const errors = [emfile, gone, other];
  const failures: [string, boolean][] = [];
  const came = Promise.withResolvers<void>();
  const listener = bindListener(LOOPBACK, (listen) => {
    const socket = Deno.listen(listen);
    const accept = socket.accept.bind(socket);
    socket.accept = () => errors.length > 0 ? Promise.reject(errors.shift()) : accept();
    return socket;
  });
  const ended = listener.acceptAll({
    onClient(stream) {
      stream.close();
      came.resolve();
      return false;
    },
    onFailure: ({ message }, isOutOfDescriptors) => failures.push([message, isOutOfDescriptors]),
  });
  const client = await Deno.connect(listener.address);
  await came.promise;
  client.close();
  listener.close();
  await ended;
  assertEquals(failures, [[emfile.message, true], [other.message, false]]);
});
