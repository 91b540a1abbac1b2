/**
 * Real proxies before a server, with as little configuration as their manuals show: each runs in the
 * foreground, keeps what it writes in a folder of its own, and is ended by the test.
 */
import { isFile } from "./browser.ts";
import { until } from "./patience.ts";
import { freePort } from "./ports.ts";
import { MAY_RUN, Running } from "./processes.ts";

/** A proxy, and how it is told what to do. */
export interface Proxy {
  readonly name: string;
  readonly program: string;
  /** Whether it passes Host on as the browser sent it, without being told to. */
  readonly keepsHost: boolean;
  readonly args: (file: string, folder: string) => readonly string[];
  /** Passes what begins with a path on: whole, or without the path. */
  readonly configure: (folder: string, port: number, upstream: string, rule: Rule) => string;
}

/** Which paths are passed on. */
export interface Rule {
  readonly path: string;
  readonly isWhole: boolean;
}

const APACHE_MODULES = ["mpm_event", "authz_core", "proxy", "proxy_http"];

/** Those of Debian that are tried. */
export const PROXIES: readonly Proxy[] = [{
  name: "nginx",
  program: "nginx",
  keepsHost: false,
  args: (file, folder) => ["-p", folder, "-c", file],
  configure: (folder, port, upstream, { path, isWhole }) => `
    daemon off; master_process off; pid ${folder}/pid; error_log stderr;
    events {}
    http {
      access_log off;
      client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f;
      uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
      server {
        listen 127.0.0.1:${port};
        location ${path} { proxy_pass http://${upstream}${isWhole ? "" : "/"}; }
      }
    }`,
}, {
  name: "apache2",
  program: "apache2",
  keepsHost: false,
  args: (file) => ["-X", "-f", file],
  configure: (folder, port, upstream, { path, isWhole }) => `
    ServerRoot ${folder}
    ServerName 127.0.0.1
    PidFile ${folder}/pid
    Mutex file:${folder}
    ErrorLog /dev/stderr
    User www-data
    Group www-data
    ${APACHE_MODULES.map(loadModule).join("\n")}
    Listen 127.0.0.1:${port}
    ProxyPass ${path} http://${upstream}${isWhole ? path : "/"}
    ProxyPassReverse ${path} http://${upstream}${isWhole ? path : "/"}
    `,
}, {
  name: "haproxy",
  program: "haproxy",
  keepsHost: true,
  args: (file) => ["-db", "-f", file],
  configure: (_, port, upstream, { path, isWhole }) => `
    defaults
      mode http
      timeout connect 5s
      timeout client 50s
      timeout server 50s
    frontend page
      bind 127.0.0.1:${port}
      default_backend pulso
    backend pulso
      ${isWhole ? "" : `http-request replace-path ${path}(.*) /\\1`}
      server pulso ${upstream}
    `,
}];

function loadModule(name: string): string {
  return `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`;
}

/** Whether it is installed, and may be run. */
export function isHere({ program }: Proxy): boolean {
  return MAY_RUN && Deno.permissions.querySync({ name: "write" }).state === "granted" &&
    pathOf(program) !== undefined;
}

/** Where a program is; those of the system are not in everybody's PATH. */
function pathOf(program: string): string | undefined {
  const folders = [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/sbin"];
  return folders.map((folder) => `${folder}/${program}`).find(isFile);
}

/** Lets a proxy stand before a server while something is done; it is given the proxy's port. */
export async function behind(
  proxy: Proxy,
  upstream: string,
  rule: Rule,
  act: (port: number) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "pulso-proxy-" });
  const port = freePort();
  const file = `${folder}/configuration`;
  await Deno.writeTextFile(file, proxy.configure(folder, port, upstream, rule) + "\n");
  try {
    await using running = new Running([pathOf(proxy.program)!], proxy.args(file, folder));
    await untilListening(port, running);
    await act(port);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function untilListening(port: number, { stderr }: Running): Promise<void> {
  await until(async () => {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.ConnectionRefused) return false;
      throw error;
    }
  }, () => `the proxy says\n${stderr.text}`);
}
