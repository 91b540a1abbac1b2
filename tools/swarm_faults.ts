/**
 * What is wrong with some hosts of a demo's swarm: of fifty, one each is offline, comes late, loses
 * datagrams, and has nearly full volumes. Pure.
 */

const PERIOD = 50;

/** Whether a host keeps a message back: for good, most of the time, or now and then. */
export function isWithheld(index: number, seq: number): boolean {
  switch (index % PERIOD) {
    case 3:
      return seq > 3;
    case 7:
      return seq > 3 && seq % 6 !== 0;
    case 11:
      return seq % 5 === 2;
    default:
      return false;
  }
}

/** Whether the volumes of a host are nearly full, and stay so. */
export function isFull(index: number): boolean {
  return index % PERIOD === 15;
}
