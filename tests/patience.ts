/** Waiting for what does not say that it has come: looked at again and again, and with an end to it. */

/** No wait of a test takes longer; it is there to end a test that would hang, not to measure. */
export const PATIENCE_MS = 120_000;
/** Pauses grow from one to the other, so that what takes long is not held up by being asked. */
const FIRST_PAUSE_MS = 1;
const LAST_PAUSE_MS = 50;

/** Waits until something holds, or throws what is missing. */
export async function until(
  holds: () => Promise<boolean> | boolean,
  missing: () => string,
): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  for (
    let pauseMs = FIRST_PAUSE_MS;
    !await holds();
    pauseMs = Math.min(pauseMs * 1.5, LAST_PAUSE_MS)
  ) {
    if (performance.now() > deadlineMs) throw new Error(`Cannot wait any longer: ${missing()}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** What a promise gives, or throws what is missing. */
export async function withPatience<T>(promise: Promise<T>, missing: () => string): Promise<T> {
  const { promise: impatience, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error(`Cannot wait any longer: ${missing()}`));
  }, PATIENCE_MS);
  try {
    return await Promise.race([promise, impatience]);
  } finally {
    clearTimeout(timer);
  }
}
