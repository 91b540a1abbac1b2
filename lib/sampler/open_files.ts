/**
 * Files that are read again and again, kept open between two readings: opening and closing them
 * would take as long as reading them. For /proc, whose files never end and are written anew for
 * each reading from the start.
 */

/** More than most files of /proc have; grown where one has more. */
const FIRST_BUFFER_BYTES = 65_536;

const decoder = new TextDecoder();

/** Reads files by path; holds one descriptor for each that it could open. */
export class OpenFiles {
  readonly #files = new Map<string, Deno.FsFile>();
  #buffer = new Uint8Array(FIRST_BUFFER_BYTES);

  /** The text of a file from its start; `null`, whatever the reason, when it cannot be read now. */
  read(path: string): string | null {
    try {
      const file = this.#files.get(path) ?? Deno.openSync(path);
      this.#files.set(path, file);
      file.seekSync(0, Deno.SeekMode.Start);
      return decoder.decode(this.#readToEnd(file));
    } catch {
      // The next reading opens it anew: it may be another file by then.
      this.#files.get(path)?.close();
      this.#files.delete(path);
      return null;
    }
  }

  #readToEnd(file: Deno.FsFile): Uint8Array {
    let length = 0;
    while (true) {
      if (length === this.#buffer.length) this.#grow();
      const count = file.readSync(this.#buffer.subarray(length));
      if (count === null) return this.#buffer.subarray(0, length);
      length += count;
    }
  }

  #grow(): void {
    const longer = new Uint8Array(2 * this.#buffer.length);
    longer.set(this.#buffer);
    this.#buffer = longer;
  }
}
