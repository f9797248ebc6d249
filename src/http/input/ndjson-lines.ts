/** A line as it arrived, without its line feed. `bytes` is absent where it was too long to keep. */
export interface RawLine {
  /** Counts from 1; blank lines are not counted. */
  readonly line: number;
  readonly bytes?: Buffer;
}

const LINE_FEED = 0x0a;
/** In front of the first line in files of some programs; a parser may ignore it (RFC 8259, section 8.1). */
const BYTE_ORDER_MARK = Buffer.from('\ufeff');
const BLANKS: ReadonlySet<number> = new Set([0x20, 0x09, 0x0d]);

/**
 * Cuts a stream of bytes into lines. It keeps at most `lineMax` bytes of an unfinished line, however small the chunks
 * are in which it arrives, and touches each byte a bounded number of times.
 */
export class LineSplitter {
  private count = 0;
  private unfinished = Buffer.alloc(0);
  private length = 0;
  private isTooLong = false;
  private isFirst = true;

  /** `lineMax` in bytes. */
  constructor(private readonly lineMax: number) {}

  /** Bytes of memory that are kept for an unfinished line. */
  get bytesHeld(): number {
    return this.unfinished.length;
  }

  /** The lines that end in this chunk. */
  *push(chunk: Buffer): Generator<RawLine> {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      this.keep(chunk.subarray(start, end));
      yield* this.finish();
      start = end + 1;
    }
    this.keep(chunk.subarray(start));
  }

  /** The last line, if the stream did not end in a line feed. */
  end(): Generator<RawLine> {
    return this.finish();
  }

  private keep(part: Buffer): void {
    const length = this.length + part.length;
    if (this.isTooLong || length > this.lineMax) {
      this.isTooLong = true;
      this.unfinished = Buffer.alloc(0);
      return;
    }
    if (length > this.unfinished.length) {
      const grown = Buffer.alloc(Math.min(Math.max(length, 2 * this.unfinished.length), this.lineMax));
      this.unfinished.copy(grown, 0, 0, this.length);
      this.unfinished = grown;
    }
    part.copy(this.unfinished, this.length);
    this.length = length;
  }

  private *finish(): Generator<RawLine> {
    const { isTooLong } = this;
    const bytes = this.unfinished.subarray(this.isFirst ? markLength(this.unfinished) : 0, this.length);
    this.isFirst = false;
    this.unfinished = Buffer.alloc(0);
    this.length = 0;
    this.isTooLong = false;
    if (isTooLong) yield { line: ++this.count };
    else if (!bytes.every((byte) => BLANKS.has(byte))) yield { line: ++this.count, bytes };
  }
}

function markLength(bytes: Buffer): number {
  return bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
}
