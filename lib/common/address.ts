/**
 * Where programs hear and where datagrams come from: addresses, and how they are written. Pure.
 */

/** A network address; an IPv6 one without its brackets. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
}

/** Where a datagram came from: an address, or without a port what else its source calls it, in clean text. */
export interface Origin {
  readonly hostname: string;
  readonly port: number | null;
}

/** An address as it is typed: `192.0.2.7:5005`, `[::1]:5005`; an origin without a port as it is. */
export function formatAddress({ hostname, port }: Origin): string {
  if (port === null) return hostname;
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
