/**
 * The clock of a replay: it runs at any speed, pauses and seeks, but never passes a datagram that was not
 * handed on yet: whatever time it shows, everything before has been received. Pure.
 */

/** A time of a record, and what is added to it to show it. */
interface ClockStart {
  readonly nowMs: number;
  readonly aheadMs: number;
  /** `Infinity`: as fast as can be. */
  readonly speed: number;
  /** A clock that is never set. */
  readonly steadyMs: () => number;
}

/** How a replay stands; times as they are shown. */
export interface ReplayState {
  readonly nowMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly isPlaying: boolean;
  /** On its way to a time that it was told to go to. */
  readonly isSeeking: boolean;
  /** `null`: as fast as can be. */
  readonly speed: number | null;
  /** Datagrams that were left out when it was recorded, up to now. */
  readonly omitted: number;
}

/** The record's clock while it is played. */
export class ReplayClock {
  readonly #steadyMs: () => number;
  #speed: number;
  #isPlaying = true;
  /** Where it was when it was set last, and our clock then. */
  #anchorMs: number;
  #anchorSteadyMs: number;
  /** It goes no further. */
  #limitMs: number;
  #aheadMs: number;
  /** Where it goes to, as it is shown. */
  #seekMs: number | null = null;

  constructor({ nowMs, aheadMs, speed, steadyMs }: ClockStart) {
    this.#steadyMs = steadyMs;
    this.#speed = speed;
    this.#anchorMs = this.#limitMs = nowMs;
    this.#anchorSteadyMs = steadyMs();
    this.#aheadMs = aheadMs;
  }

  /** Whole milliseconds. */
  nowMs(): number {
    return Math.floor(Math.min(this.#idealMs(), this.#limitMs));
  }

  /** What is added to its times to show them. */
  aheadMs(): number {
    return this.#aheadMs;
  }

  /** The time as it is shown. */
  shownMs(): number {
    return this.nowMs() + this.#aheadMs;
  }

  /** Where it goes to, or is, as it is shown. */
  get targetMs(): number {
    return this.#seekMs ?? this.shownMs();
  }

  get speed(): number {
    return this.#speed;
  }

  get isPlaying(): boolean {
    return this.#isPlaying;
  }

  get isSeeking(): boolean {
    return this.#seekMs !== null;
  }

  /** Plays or pauses. */
  play(isPlaying: boolean): void {
    this.#set(this.nowMs());
    this.#isPlaying = isPlaying;
  }

  /** Sets the speed, as a multiple of the original. */
  setSpeed(speed: number): void {
    this.#set(this.nowMs());
    this.#speed = speed;
  }

  /** Goes to a later time, as it is shown, as fast as can be. */
  seek(shownMs: number): void {
    this.#seekMs = shownMs;
  }

  /** Begins at another time; where it was to go stays. */
  restart(nowMs: number, aheadMs: number): void {
    this.#aheadMs = aheadMs;
    this.#limitMs = nowMs;
    this.#set(nowMs);
  }

  /** Shows its times by another wall clock from now on. */
  follow(aheadMs: number): void {
    this.#aheadMs = aheadMs;
  }

  /** Lets it run up to the time of the next datagram; whether that one is due. */
  isDue(atMs: number): boolean {
    this.#limitMs = atMs;
    this.#arrive(atMs);
    return this.#idealMs() >= atMs;
  }

  /** Stops it here: the record ends. */
  end(atMs = this.#limitMs): void {
    this.#limitMs = atMs;
    this.#arrive(Infinity);
  }

  /** How long a datagram of that time is to wait. */
  waitMs(atMs: number): number {
    return this.#isPlaying ? (atMs - this.#idealMs()) / this.#speed : Infinity;
  }

  /** Ends a seek where what comes next is not before the time that was asked for. */
  #arrive(nextMs: number): void {
    if (this.#seekMs === null || nextMs + this.#aheadMs < this.#seekMs) return;
    const nowMs = Math.min(this.#seekMs - this.#aheadMs, this.#limitMs);
    this.#seekMs = null;
    this.#set(nowMs);
  }

  /** Where it would be if there were no datagrams. */
  #idealMs(): number {
    if (this.#seekMs !== null) return Infinity;
    if (!this.#isPlaying) return this.#anchorMs;
    if (this.#speed === Infinity) return Infinity;
    return this.#anchorMs + (this.#steadyMs() - this.#anchorSteadyMs) * this.#speed;
  }

  #set(nowMs: number): void {
    this.#anchorMs = nowMs;
    this.#anchorSteadyMs = this.#steadyMs();
  }
}
