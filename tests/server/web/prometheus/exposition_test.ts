import { STOCK } from "../../../../lib/server/alerts/stock.ts";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Fleet } from "../../../../lib/server/fleet/fleet.ts";
import { encodeMessage } from "../../../../lib/message/encode.ts";
import {
  expose,
  type ExpositionFormat,
  HOSTS_PER_PIECE,
} from "../../../../lib/server/web/prometheus/exposition.ts";
import { FULL_BYTES } from "../../../../lib/server/web/prometheus/writer.ts";
import {
  bytesOf,
  digestOf,
  jsonOf,
  legacyMessages,
  messages,
  sampleOf,
} from "../../../messages.ts";
import { readExposition } from "../exposition.ts";
import fc from "fast-check";

const START_MS = 1_795_442_910_170;
const SENDER = { hostname: "192.0.2.7", port: 41_234 };

const FORMATS = ["text", "openmetrics"] as const;

function open(maxHosts = 100) {
  const fleet = new Fleet({ maxHosts, historyMs: 60_000, nowMs: START_MS });
  const send = (message: object, nowMs = START_MS) =>
    fleet.receive(jsonOf({ v: 1, host: "web-01", ...message }), SENDER, nowMs);
  return { fleet, send };
}

function textOf(fleet: Fleet, nowMs = START_MS, format: ExpositionFormat = "text"): string {
  return decoded(expose(fleet, nowMs, format));
}

function decoded(pieces: Iterable<Uint8Array<ArrayBuffer>>): string {
  const decoder = new TextDecoder();
  return Array.from(pieces, (piece) => decoder.decode(piece, { stream: true })).join("");
}

/** The lines of series that begin so, of all hosts. */
function linesOf(fleet: Fleet, prefix: string, nowMs = START_MS): string[] {
  return textOf(fleet, nowMs).split("\n").filter((line) => line.startsWith(prefix));
}

const GIB = 2 ** 30;
const FULL = {
  id: "web-a",
  session: "s",
  seq: 1,
  interval: 2_500,
  tags: { role: "db" },
  extra: { failed_units: 2 },
  cpu: { mean: 14.1, cores: [12.3, null, 100], iowait: 0.2, steal: 0 },
  memory: {
    total: 4 * GIB,
    used: 3 * GIB,
    free: GIB / 2,
    available: GIB,
    swapTotal: 0,
    swapUsed: 0,
  },
  disk: { read: 0, write: 2.5, volumes: [{ mount: "/", total: 1000, used: 400, free: 550 }] },
  network: { interfaces: [{ name: "eth0", rx: 1250000, tx: 310, rxLost: 7, txLost: null }] },
};

const FULL_TEXT = `# HELP pulso_build_info The version of Pulso.
# TYPE pulso_build_info gauge
pulso_build_info{version="0.1.0"} 1
# HELP pulso_server_received_datagrams_total Datagrams that came, of any kind.
# TYPE pulso_server_received_datagrams_total counter
pulso_server_received_datagrams_total 2
# HELP pulso_server_received_bytes_total Payload bytes of all datagrams that came.
# TYPE pulso_server_received_bytes_total counter
pulso_server_received_bytes_total 486
# HELP pulso_server_accepted_datagrams_total Datagrams accepted; received = accepted + copied + dropped.
# TYPE pulso_server_accepted_datagrams_total counter
pulso_server_accepted_datagrams_total 1
# HELP pulso_server_copied_datagrams_total Datagrams that another site had delivered.
# TYPE pulso_server_copied_datagrams_total counter
pulso_server_copied_datagrams_total 0
# HELP pulso_server_dropped_total Datagrams not accepted, by reason.
# TYPE pulso_server_dropped_total counter
pulso_server_dropped_total{reason="source"} 0
pulso_server_dropped_total{reason="empty"} 0
pulso_server_dropped_total{reason="oversize"} 0
pulso_server_dropped_total{reason="format"} 1
pulso_server_dropped_total{reason="costly"} 0
pulso_server_dropped_total{reason="utf8"} 0
pulso_server_dropped_total{reason="json"} 0
pulso_server_dropped_total{reason="version"} 0
pulso_server_dropped_total{reason="schema"} 0
pulso_server_dropped_total{reason="plain"} 0
pulso_server_dropped_total{reason="mode"} 0
pulso_server_dropped_total{reason="key"} 0
pulso_server_dropped_total{reason="auth"} 0
pulso_server_dropped_total{reason="session"} 0
pulso_server_dropped_total{reason="clock"} 0
pulso_server_dropped_total{reason="downgrade"} 0
pulso_server_dropped_total{reason="duplicate"} 0
pulso_server_dropped_total{reason="old"} 0
pulso_server_dropped_total{reason="budget"} 0
pulso_server_dropped_total{reason="capacity"} 0
pulso_server_dropped_total{reason="internal"} 0
# HELP pulso_server_hosts Hosts known to the server, by status.
# TYPE pulso_server_hosts gauge
pulso_server_hosts{status="live"} 1
pulso_server_hosts{status="stale"} 0
pulso_server_hosts{status="offline"} 0
pulso_server_hosts{status="left"} 0
# HELP pulso_server_forgotten_hosts_total Silent hosts forgotten, as others needed the room.
# TYPE pulso_server_forgotten_hosts_total counter
pulso_server_forgotten_hosts_total 0
# HELP pulso_alert Alerts that stand, by rule, severity and host.
# TYPE pulso_alert gauge
# HELP pulso_host_up Whether the host reports: 1 while live or stale, 0 when offline or left.
# TYPE pulso_host_up gauge
pulso_host_up{host="web-01",id="web-a"} 1
# HELP pulso_host_left Whether the host's last datagram was a good-bye.
# TYPE pulso_host_left gauge
pulso_host_left{host="web-01",id="web-a"} 0
# HELP pulso_host_refused Whether datagrams sealed as the host's own are refused: for the session or the clock of its agent.
# TYPE pulso_host_refused gauge
# HELP pulso_host_last_seen_timestamp_seconds When the host's newest datagram came, by the server's clock.
# TYPE pulso_host_last_seen_timestamp_seconds gauge
pulso_host_last_seen_timestamp_seconds{host="web-01",id="web-a"} 1795442910.17
# HELP pulso_host_interval_seconds Time between two samples, as the host declares it.
# TYPE pulso_host_interval_seconds gauge
pulso_host_interval_seconds{host="web-01",id="web-a"} 2.5
# HELP pulso_datagrams_received_total Datagrams accepted from the host.
# TYPE pulso_datagrams_received_total counter
pulso_datagrams_received_total{host="web-01",id="web-a"} 1
# HELP pulso_datagrams_lost_total Datagrams missing when a later one came; one that came late counts as recovered too.
# TYPE pulso_datagrams_lost_total counter
pulso_datagrams_lost_total{host="web-01",id="web-a"} 0
# HELP pulso_datagrams_recovered_total Datagrams that had been missing and came late after all.
# TYPE pulso_datagrams_recovered_total counter
pulso_datagrams_recovered_total{host="web-01",id="web-a"} 0
# HELP pulso_datagrams_missing Datagrams sent that have not come so far: lost less recovered.
# TYPE pulso_datagrams_missing gauge
pulso_datagrams_missing{host="web-01",id="web-a"} 0
# HELP pulso_datagrams_reordered_total Datagrams accepted after one with a higher number.
# TYPE pulso_datagrams_reordered_total counter
pulso_datagrams_reordered_total{host="web-01",id="web-a"} 0
# HELP pulso_datagrams_duplicate_total Copies of a datagram that had come before.
# TYPE pulso_datagrams_duplicate_total counter
pulso_datagrams_duplicate_total{host="web-01",id="web-a"} 0
# HELP pulso_datagrams_old_total Datagrams too far behind to tell whether they are copies.
# TYPE pulso_datagrams_old_total counter
pulso_datagrams_old_total{host="web-01",id="web-a"} 0
# HELP pulso_datagrams_refused_total Datagrams sealed as the host's own that were refused, for the session or the clock of its agent.
# TYPE pulso_datagrams_refused_total counter
# HELP pulso_agent_restarts_total New sessions of the host's agent since the server first heard it.
# TYPE pulso_agent_restarts_total counter
pulso_agent_restarts_total{host="web-01",id="web-a"} 0
# HELP pulso_datagrams_pending Of the missing datagrams, those so recent that they may still come.
# TYPE pulso_datagrams_pending gauge
pulso_datagrams_pending{host="web-01",id="web-a"} 0
# HELP pulso_datagrams_jitter_seconds Interarrival jitter of the host's datagrams, RFC 3550 section 6.4.1.
# TYPE pulso_datagrams_jitter_seconds gauge
# HELP pulso_clock_offset_seconds By how much the host's clock seems to be behind the server's, the way here included.
# TYPE pulso_clock_offset_seconds gauge
# HELP pulso_id_shared Whether several agents send under the host's id (1), as cloned machines do.
# TYPE pulso_id_shared gauge
pulso_id_shared{host="web-01",id="web-a"} 0
# HELP pulso_way_datagrams_received_total Datagrams of the host that came by this site, each counted once.
# TYPE pulso_way_datagrams_received_total counter
# HELP pulso_way_datagrams_missing Datagrams of the host that did not come by this site so far.
# TYPE pulso_way_datagrams_missing gauge
# HELP pulso_way_delay_seconds Mean time beyond the shortest transit of the host by any site, RFC 5481 section 4.2.
# TYPE pulso_way_delay_seconds gauge
# HELP pulso_way_jitter_seconds Interarrival jitter of the host's datagrams by this site, RFC 3550 section 6.4.1.
# TYPE pulso_way_jitter_seconds gauge
# HELP pulso_cpu_usage_ratio Busy share of all cores: (total - idle - iowait) / total.
# TYPE pulso_cpu_usage_ratio gauge
pulso_cpu_usage_ratio{host="web-01",id="web-a"} 0.141
# HELP pulso_cpu_core_usage_ratio Busy share of one core.
# TYPE pulso_cpu_core_usage_ratio gauge
pulso_cpu_core_usage_ratio{host="web-01",id="web-a",core="0"} 0.123
pulso_cpu_core_usage_ratio{host="web-01",id="web-a",core="2"} 1
# HELP pulso_cpu_iowait_ratio Share of time idle while a disk was waited for.
# TYPE pulso_cpu_iowait_ratio gauge
pulso_cpu_iowait_ratio{host="web-01",id="web-a"} 0.002
# HELP pulso_cpu_steal_ratio Share of time that other virtual machines took.
# TYPE pulso_cpu_steal_ratio gauge
pulso_cpu_steal_ratio{host="web-01",id="web-a"} 0
# HELP pulso_cpu_user_ratio Share of time in programs.
# TYPE pulso_cpu_user_ratio gauge
# HELP pulso_cpu_nice_ratio Share of time in programs of low priority.
# TYPE pulso_cpu_nice_ratio gauge
# HELP pulso_cpu_system_ratio Share of time in the kernel.
# TYPE pulso_cpu_system_ratio gauge
# HELP pulso_cpu_irq_ratio Share of time in interrupts, hard and soft.
# TYPE pulso_cpu_irq_ratio gauge
# HELP pulso_cpu_idle_ratio Share of time with nothing to do: 100 less busy and I/O wait.
# TYPE pulso_cpu_idle_ratio gauge
pulso_cpu_idle_ratio{host="web-01",id="web-a"} 0.857
# HELP pulso_memory_total_bytes Memory of the host.
# TYPE pulso_memory_total_bytes gauge
pulso_memory_total_bytes{host="web-01",id="web-a"} 4294967296
# HELP pulso_memory_used_bytes Memory in use: total - available.
# TYPE pulso_memory_used_bytes gauge
pulso_memory_used_bytes{host="web-01",id="web-a"} 3221225472
# HELP pulso_memory_free_bytes Unused memory (MemFree).
# TYPE pulso_memory_free_bytes gauge
pulso_memory_free_bytes{host="web-01",id="web-a"} 536870912
# HELP pulso_memory_available_bytes Memory that programs could still get without swapping.
# TYPE pulso_memory_available_bytes gauge
pulso_memory_available_bytes{host="web-01",id="web-a"} 1073741824
# HELP pulso_swap_total_bytes Swap space of the host.
# TYPE pulso_swap_total_bytes gauge
pulso_swap_total_bytes{host="web-01",id="web-a"} 0
# HELP pulso_swap_used_bytes Swap space in use.
# TYPE pulso_swap_used_bytes gauge
pulso_swap_used_bytes{host="web-01",id="web-a"} 0
# HELP pulso_memory_cached_bytes Files and buffers in memory (Cached + Buffers).
# TYPE pulso_memory_cached_bytes gauge
# HELP pulso_swap_in_bytes_per_second Rate of reading from swap space.
# TYPE pulso_swap_in_bytes_per_second gauge
# HELP pulso_swap_out_bytes_per_second Rate of writing to swap space.
# TYPE pulso_swap_out_bytes_per_second gauge
# HELP pulso_memory_arc_bytes Cache of ZFS (ARC), which counts as used.
# TYPE pulso_memory_arc_bytes gauge
# HELP pulso_disk_read_bytes_per_second Rate of reading over all whole disks, each transfer once.
# TYPE pulso_disk_read_bytes_per_second gauge
pulso_disk_read_bytes_per_second{host="web-01",id="web-a"} 0
# HELP pulso_disk_write_bytes_per_second Rate of writing over all whole disks, each transfer once.
# TYPE pulso_disk_write_bytes_per_second gauge
pulso_disk_write_bytes_per_second{host="web-01",id="web-a"} 2.5
# HELP pulso_volume_size_bytes Size of a mounted filesystem.
# TYPE pulso_volume_size_bytes gauge
pulso_volume_size_bytes{host="web-01",id="web-a",mount="/"} 1000
# HELP pulso_volume_used_bytes Space in use on a mounted filesystem.
# TYPE pulso_volume_used_bytes gauge
pulso_volume_used_bytes{host="web-01",id="web-a",mount="/"} 400
# HELP pulso_volume_free_bytes Space on a mounted filesystem that an ordinary user may still write.
# TYPE pulso_volume_free_bytes gauge
pulso_volume_free_bytes{host="web-01",id="web-a",mount="/"} 550
# HELP pulso_volume_inodes_ratio Share of inodes in use on a mounted filesystem.
# TYPE pulso_volume_inodes_ratio gauge
# HELP pulso_volume_readonly Whether a filesystem cannot be written: 1 if so.
# TYPE pulso_volume_readonly gauge
# HELP pulso_disk_device_read_bytes_per_second Rate of reading from a disk.
# TYPE pulso_disk_device_read_bytes_per_second gauge
# HELP pulso_disk_device_write_bytes_per_second Rate of writing to a disk.
# TYPE pulso_disk_device_write_bytes_per_second gauge
# HELP pulso_disk_device_operations Operations of a disk that ended, per second.
# TYPE pulso_disk_device_operations gauge
# HELP pulso_disk_device_wait_seconds Time per operation of a disk, waiting included.
# TYPE pulso_disk_device_wait_seconds gauge
# HELP pulso_disk_device_busy_ratio Share of time with operations of a disk under way.
# TYPE pulso_disk_device_busy_ratio gauge
# HELP pulso_disk_device_queue Operations of a disk under way, on average.
# TYPE pulso_disk_device_queue gauge
# HELP pulso_network_receive_bytes_per_second Rate of receiving on an interface.
# TYPE pulso_network_receive_bytes_per_second gauge
pulso_network_receive_bytes_per_second{host="web-01",id="web-a",interface="eth0"} 1250000
# HELP pulso_network_transmit_bytes_per_second Rate of sending on an interface.
# TYPE pulso_network_transmit_bytes_per_second gauge
pulso_network_transmit_bytes_per_second{host="web-01",id="web-a",interface="eth0"} 310
# HELP pulso_network_receive_lost_packets_total Packets dropped or failed on the way in since the interface came up.
# TYPE pulso_network_receive_lost_packets_total counter
pulso_network_receive_lost_packets_total{host="web-01",id="web-a",interface="eth0"} 7
# HELP pulso_network_transmit_lost_packets_total Packets dropped or failed on the way out since the interface came up.
# TYPE pulso_network_transmit_lost_packets_total counter
# HELP pulso_network_receive_bytes_total Bytes received since the interface came up.
# TYPE pulso_network_receive_bytes_total counter
# HELP pulso_network_transmit_bytes_total Bytes sent since the interface came up.
# TYPE pulso_network_transmit_bytes_total counter
# HELP pulso_network_up Whether an interface has a link: 1 if so.
# TYPE pulso_network_up gauge
# HELP pulso_network_speed_bytes_per_second What the link of an interface can carry each way.
# TYPE pulso_network_speed_bytes_per_second gauge
# HELP pulso_tcp_connections TCP connections that are established.
# TYPE pulso_tcp_connections gauge
# HELP pulso_tcp_retransmitted_ratio Share of TCP segments sent once more.
# TYPE pulso_tcp_retransmitted_ratio gauge
# HELP pulso_tcp_listen_overflows_total TCP connections dropped as a listener was full, since boot.
# TYPE pulso_tcp_listen_overflows_total counter
# HELP pulso_udp_receive_buffer_errors_packets_total UDP datagrams dropped as a receive buffer was full, since boot.
# TYPE pulso_udp_receive_buffer_errors_packets_total counter
# HELP pulso_load1 Load average over a minute.
# TYPE pulso_load1 gauge
# HELP pulso_load5 Load average over 5 minutes.
# TYPE pulso_load5 gauge
# HELP pulso_load15 Load average over 15 minutes.
# TYPE pulso_load15 gauge
# HELP pulso_uptime_seconds Time since boot.
# TYPE pulso_uptime_seconds gauge
# HELP pulso_tasks_running Tasks that run or could.
# TYPE pulso_tasks_running gauge
# HELP pulso_tasks Tasks in all, threads included.
# TYPE pulso_tasks gauge
# HELP pulso_open_files_max Open files that the system allows; absent where that is no limit.
# TYPE pulso_open_files_max gauge
# HELP pulso_open_files Files that are open in the whole system.
# TYPE pulso_open_files gauge
# HELP pulso_conntrack_entries_max Connections that the firewall can track.
# TYPE pulso_conntrack_entries_max gauge
# HELP pulso_conntrack_entries Connections that the firewall tracks.
# TYPE pulso_conntrack_entries gauge
# HELP pulso_oom_kills_total Programs killed as memory ran out, since boot.
# TYPE pulso_oom_kills_total counter
# HELP pulso_reboot_required Whether an update waits for a reboot: 1 if so.
# TYPE pulso_reboot_required gauge
# HELP pulso_pressure_cpu_ratio Share of time in which some task waited for a core.
# TYPE pulso_pressure_cpu_ratio gauge
# HELP pulso_pressure_memory_ratio Share of time in which some task waited for memory.
# TYPE pulso_pressure_memory_ratio gauge
# HELP pulso_pressure_memory_full_ratio Share of time in which all tasks waited for memory.
# TYPE pulso_pressure_memory_full_ratio gauge
# HELP pulso_pressure_io_ratio Share of time in which some task waited for a disk.
# TYPE pulso_pressure_io_ratio gauge
# HELP pulso_pressure_io_full_ratio Share of time in which all tasks waited for a disk.
# TYPE pulso_pressure_io_full_ratio gauge
# HELP pulso_temperature_celsius Temperature of a sensor.
# TYPE pulso_temperature_celsius gauge
# HELP pulso_fan_speed_rpm Revolutions of a fan per minute.
# TYPE pulso_fan_speed_rpm gauge
# HELP pulso_battery_ratio Charge of the battery.
# TYPE pulso_battery_ratio gauge
# HELP pulso_host_info The tags of the host, as labels.
# TYPE pulso_host_info gauge
pulso_host_info{host="web-01",id="web-a",role="db"} 1
# HELP pulso_extra A custom metric of the host, by its name.
# TYPE pulso_extra gauge
pulso_extra{host="web-01",id="web-a",name="failed_units"} 2
`;

Deno.test("expose() writes a fleet of one host in full", () => {
  const { fleet, send } = open();
  send(FULL);
  fleet.receive(bytesOf("x"), SENDER, START_MS);
  assertEquals(textOf(fleet), FULL_TEXT);
});

Deno.test("expose() writes the same series as OpenMetrics", () => {
  const { fleet, send } = open();
  send(FULL);
  fleet.receive(bytesOf("x"), SENDER, START_MS);
  const text = textOf(fleet, START_MS, "openmetrics");
  const samples = (text: string) => text.split("\n").filter((line) => !line.startsWith("#"));
  assertEquals(samples(text), samples(FULL_TEXT));
  assert(text.endsWith("\n# EOF\n"));
  const families = readExposition(text);
  for (const [name, { type, unit, series }] of families) {
    assert(!/_(total|info)$/.test(name), name);
    assertEquals(unit === undefined || name.endsWith(`_${unit}`), true, name);
    const suffix = { counter: "_total", info: "_info" }[type] ?? "";
    for (const key of series.keys()) assertEquals(key.split("{")[0], name + suffix);
  }
  const unitOf = (name: string) => families.get(name)!.unit;
  assertEquals(unitOf("pulso_memory_used_bytes"), "bytes");
  assertEquals(unitOf("pulso_disk_read_bytes_per_second"), "bytes_per_second");
  assertEquals(unitOf("pulso_host_interval_seconds"), "seconds");
  assertEquals(unitOf("pulso_cpu_usage_ratio"), "ratio");
  assertEquals(unitOf("pulso_host_up"), undefined);
  assertEquals(families.get("pulso_build")!.type, "info");
});

Deno.test("expose() names each family once, with its type, in both formats", async (t) => {
  for (const format of FORMATS) {
    await t.step(format, () => {
      const { fleet, send } = open();
      send(FULL);
      const families = readExposition(textOf(fleet, START_MS, format));
      for (const [name, { type }] of families) assert(type !== "", name);
      assertEquals(families.size, readExposition(FULL_TEXT).size);
    });
  }
});

Deno.test("expose() of a fleet without hosts speaks of the server alone", () => {
  const families = readExposition(textOf(open().fleet));
  for (const [name, { series }] of families) {
    assertEquals(series.size > 0, /^pulso_(server|build)_/.test(name), name);
  }
});

Deno.test("expose() says when each key was last used, once one was", () => {
  const { fleet } = open();
  assertEquals(linesOf(fleet, "pulso_server_key"), []);
  const decode = (bytes: Uint8Array) => ({
    digest: digestOf({ v: 1, host: "a" }),
    body: jsonOf({ v: 1, host: "a" }),
    keyId: bytes[0]!,
    replay: null,
  });
  const sealed = new Fleet({
    maxHosts: 9,
    historyMs: 60_000,
    nowMs: START_MS,
    decoder: { decode },
  });
  const sender = { hostname: "192.0.2.7", port: 1 };
  sealed.receive(Uint8Array.of(7), sender, START_MS);
  sealed.receive(Uint8Array.of(0), sender, START_MS + 500);
  assertEquals(linesOf(sealed, "pulso_server_key"), [
    'pulso_server_key_last_use_timestamp_seconds{key="7"} 1795442910.17',
    'pulso_server_key_last_use_timestamp_seconds{key="0"} 1795442910.67',
  ]);
});

Deno.test("expose() leaves out the metrics of a host that is offline or left", async (t) => {
  const cases = [
    { status: "offline", bye: {}, ageMs: 6 * 2_500 + 1_001, left: 0 },
    { status: "left", bye: { bye: true, seq: 2 }, ageMs: 0, left: 1 },
  ];
  for (const { status, bye, ageMs, left } of cases) {
    await t.step(status, () => {
      const { fleet, send } = open();
      send({ ...FULL, time: START_MS });
      send({ ...FULL, seq: 2, time: START_MS, ...bye });
      const names = '{host="web-01",id="web-a"}';
      assertEquals(
        linesOf(fleet, "pulso_", START_MS + ageMs).filter((line) => /host=/.test(line)),
        [
          `pulso_host_up${names} 0`,
          `pulso_host_left${names} ${left}`,
          `pulso_host_last_seen_timestamp_seconds${names} 1795442910.17`,
          `pulso_datagrams_received_total${names} 2`,
          `pulso_datagrams_lost_total${names} 0`,
          `pulso_datagrams_recovered_total${names} 0`,
          `pulso_datagrams_missing${names} 0`,
          `pulso_datagrams_reordered_total${names} 0`,
          `pulso_datagrams_duplicate_total${names} 0`,
          `pulso_datagrams_old_total${names} 0`,
          `pulso_agent_restarts_total${names} 0`,
          'pulso_host_info{host="web-01",id="web-a",role="db"} 1',
        ],
      );
      assertStringIncludes(textOf(fleet, START_MS + ageMs), `{status="${status}"} 1\n`);
    });
  }
});

Deno.test("expose() leaves out what is not known", () => {
  const { fleet, send } = open();
  send({ id: "a", cpu: null, memory: { total: 5 }, network: { interfaces: [{ name: "eth0" }] } });
  const lines = linesOf(fleet, "pulso_").filter((line) => /host=/.test(line));
  assertEquals(lines.map((line) => line.replace('{host="web-01",id="a"}', "")), [
    "pulso_host_up 1",
    "pulso_host_left 0",
    "pulso_host_last_seen_timestamp_seconds 1795442910.17",
    "pulso_host_interval_seconds 5",
    "pulso_datagrams_received_total 1",
    "pulso_memory_total_bytes 5",
    "pulso_host_info 1",
  ]);
});

Deno.test("expose() tells hosts of one name apart by id, and no series comes twice", () => {
  const { fleet, send } = open();
  const volumes = ["/", "/", "/a"].map((mount, total) => ({ mount, total }));
  const interfaces = ["eth0", "eth1", "eth0"].map((name, rx) => ({ name, rx }));
  for (const id of ["a", "b"]) send({ id, disk: { volumes }, network: { interfaces } });
  readExposition(textOf(fleet));
  assertEquals(linesOf(fleet, "pulso_volume_size_bytes"), [
    'pulso_volume_size_bytes{host="web-01",id="a",mount="/"} 0',
    'pulso_volume_size_bytes{host="web-01",id="a",mount="/a"} 2',
    'pulso_volume_size_bytes{host="web-01",id="b",mount="/"} 0',
    'pulso_volume_size_bytes{host="web-01",id="b",mount="/a"} 2',
  ]);
  assertEquals(linesOf(fleet, "pulso_network_receive_bytes_per_second").length, 4);
});

Deno.test("expose() escapes names from the wire", () => {
  const { fleet, send } = open();
  const host = 'a"} 1\\';
  send({ host, id: "a", disk: { volumes: [{ mount: "C:\\", total: 1 }] } });
  assertEquals(linesOf(fleet, "pulso_volume_size_bytes"), [
    'pulso_volume_size_bytes{host="a\\"} 1\\\\",id="a",mount="C:\\\\"} 1',
  ]);
});

Deno.test("expose() never lets the lost datagrams of a host fall", () => {
  const arrivals = fc.array(
    fc.record({ session: fc.constantFrom("s", "t"), seq: fc.integer({ min: 1, max: 600 }) }),
    { maxLength: 60 },
  );
  fc.assert(fc.property(arrivals, (arrivals) => {
    const { fleet, send } = open();
    let before = 0;
    for (const arrival of arrivals) {
      send({ id: "a", ...arrival });
      const [lost, missing, recovered] = ["lost_total", "missing", "recovered_total"].map((name) =>
        Number(linesOf(fleet, `pulso_datagrams_${name}`)[0]!.split(" ")[1])
      );
      assert(lost! >= before);
      assertEquals(lost! - recovered!, missing);
      before = lost!;
    }
  }));
});

Deno.test("expose() makes up no loss for two agents with one id, nor for one that was away", () => {
  const lossOf = (datagrams: readonly [session: string, seq: number][]) => {
    const { fleet, send } = open();
    for (const [session, seq] of datagrams) send({ id: "a", session, seq });
    return Number(linesOf(fleet, "pulso_datagrams_lost_total")[0]!.split(" ")[1]);
  };
  const rounds = Array.from({ length: 50 }, (_, n) => n + 1);
  assertEquals(lossOf(rounds.flatMap((seq) => [["s", seq], ["t", seq]] as const)), 0);
  assertEquals(lossOf([["s", 1], ["s", 5_000], ["s", 5_001]]), 4_998);
});

Deno.test("expose() writes sound lines whatever the messages say", () => {
  const datagrams = fc.oneof(
    messages.map((message) => encodeMessage(message)),
    legacyMessages.map(({ body }) => jsonOf(body)),
  );
  const fleets = fc.array(fc.tuple(datagrams, fc.nat(3), fc.nat(60_000)), { maxLength: 8 });
  fc.assert(fc.property(fleets, fc.constantFrom(...FORMATS), (arrivals, format) => {
    const { fleet } = open();
    let nowMs = START_MS;
    for (const [datagram, ip, pauseMs] of arrivals) {
      fleet.receive(datagram, { hostname: `192.0.2.${ip}`, port: 1 }, nowMs += pauseMs);
    }
    const families = readExposition(textOf(fleet, nowMs, format));
    const ups = families.get("pulso_host_up")!.series;
    assertEquals(ups.size, fleet.totals(nowMs).hosts);
  }));
});

Deno.test("expose() reads so many hosts at a time, and writes so much of them", () => {
  const { fleet } = open(1_200);
  for (let host = 0; host < 1_200; host++) {
    const sample = sampleOf({ cores: host < 20 ? 1_024 : 4, volumes: 2, interfaces: 2 });
    fleet.receive(encodeMessage({ ...sample, id: `host-${host}` }), SENDER, START_MS);
  }
  const pieces = [...expose(fleet, START_MS, "text")];
  const reads = pieces.findIndex(({ length }, at) => at > 0 && length > 0) - 1;
  assertEquals(reads, 1_200 / HOSTS_PER_PIECE | 0);
  for (const { length } of pieces) {
    // One host of 1,024 cores may come on top of what is nearly full.
    assert(length < FULL_BYTES + 1_024 * 120, `${length} bytes`);
  }
  assertEquals(readExposition(decoded(pieces)).get("pulso_host_up")!.series.size, 1_200);
});

Deno.test("expose() speaks of one moment of a host, however the fleet changes meanwhile", () => {
  const { fleet, send } = open(600);
  for (let host = 0; host < 600; host++) send({ id: `h${host}`, cpu: { mean: 10 } });
  const pieces = expose(fleet, START_MS, "text");
  const [first, second] = [pieces.next().value!, pieces.next().value!];
  assertEquals([first.length > 0, second.length], [true, 0]);
  send({ id: "h0", cpu: { mean: 90 } });
  send({ id: "new", cpu: { mean: 90 } }, START_MS + 60_000);
  const families = readExposition(decoded([first, ...pieces]));
  const usage = families.get("pulso_cpu_usage_ratio")!.series;
  assertEquals(usage.get('pulso_cpu_usage_ratio{host="web-01",id="h0"}'), "0.1");
  assertEquals([usage.size, families.get("pulso_host_up")!.series.size], [600, 600]);
});

Deno.test("expose() counts what the kernel dropped, where that is known", () => {
  const name = "pulso_server_kernel_dropped_datagrams_total";
  const linesWith = (drops: number | null) => {
    const kernelDropped = () => drops;
    const fleet = new Fleet({ maxHosts: 1, historyMs: 60_000, nowMs: START_MS, kernelDropped });
    return linesOf(fleet, name);
  };
  assertEquals([null, 0, 12].map(linesWith), [[], [`${name} 0`], [`${name} 12`]]);
});

Deno.test("expose() has a line for each alert that stands, whatever a host is called", () => {
  const { fleet } = open();
  const [silence, cpu] = ["fleet-silent", "cpu"].map((name) =>
    STOCK.find(({ id }) => id === name)!
  );
  const alerts = new Map([[silence!, [""]], [cpu!, ["k"]]]);
  const nameOf = (key: string) => key === "" ? "" : 'a"b\\c';
  const texts = expose(fleet, START_MS, "text", { alerts, nameOf });
  const text = Array.from(texts, (bytes) => new TextDecoder().decode(bytes)).join("");
  assertEquals(text.match(/^pulso_alert.*$/gm), [
    'pulso_alert{alert="fleet-silent",severity="critical",host="",id=""} 1',
    'pulso_alert{alert="cpu",severity="warning",host="a\\"b\\\\c",id="k"} 1',
  ]);
});

Deno.test("expose() writes many alerts in many pieces", () => {
  const { fleet } = open();
  const rule = STOCK.find(({ id }) => id === "offline")!;
  const alerts = new Map([[rule, Array.from({ length: 5_000 }, (_, n) => `k${n}`)]]);
  const pieces = [...expose(fleet, START_MS, "text", { alerts })];
  for (const { length } of pieces) assert(length <= FULL_BYTES + 8_192, `${length} bytes`);
  assertEquals(decoded(pieces).match(/^pulso_alert\{.*$/gm)!.length, 5_000);
});

Deno.test("expose() has a line for each way where there are several", () => {
  const { fleet } = open();
  const receive = (site: string, seq: number, delayMs: number) => {
    const message = { v: 1, host: "h", id: "a", session: "s", seq, time: START_MS + 1_000 * seq };
    const [bytes, atMs] = [jsonOf(message), message.time + delayMs];
    fleet.receive(bytes, { hostname: "192.0.2.7", port: 1 }, atMs, fleet.siteOf(site));
  };
  for (const seq of [1, 2, 3]) receive("ams", seq, 5);
  for (const seq of [1, 3]) receive("fra", seq, 25);
  const lines = linesOf(fleet, "pulso_way_").map((line) =>
    line.replace('{host="h",id="a",site=', "{")
  );
  assertEquals(lines, [
    'pulso_way_datagrams_received_total{"ams"} 3',
    'pulso_way_datagrams_received_total{"fra"} 2',
    'pulso_way_datagrams_missing{"ams"} 0',
    'pulso_way_datagrams_missing{"fra"} 1',
    'pulso_way_delay_seconds{"fra"} 0.02',
    'pulso_way_jitter_seconds{"ams"} 0',
    'pulso_way_jitter_seconds{"fra"} 0',
  ]);
});
