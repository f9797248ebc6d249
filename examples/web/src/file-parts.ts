/** Some lines of a file, sent in one request. */
export interface FilePart {
  readonly text: string;
  /** Lines in it, and in the parts before it; blank ones do not count. */
  readonly lines: number;
  readonly linesBefore: number;
  /** How much of the file has been read, from 0 to 1. */
  readonly progress: number;
}

/** A browser reads a response only after it has sent everything, so a file goes in parts, which also show the progress. */
const LINES_MAX = 1000;
const CHARACTERS_MAX = 4_194_304;

/** Reads a file a part at a time: it may be larger than the memory. */
export async function* partsOf(file: Blob): AsyncGenerator<FilePart> {
  const reader = file.stream().pipeThrough(new TextDecoderStream()).getReader();
  const encoder = new TextEncoder();
  let lines: string[] = [];
  let [unfinished, characters, linesBefore, bytes] = ['', 0, 0, 0];
  const part = (): FilePart => {
    const made = { text: lines.join('\n'), lines: lines.length, linesBefore, progress: bytes / file.size };
    linesBefore += lines.length;
    lines = [];
    characters = 0;
    return made;
  };
  for (;;) {
    const { done, value = '' } = await reader.read();
    const found = (unfinished + value).split('\n');
    unfinished = done ? '' : (found.pop() ?? '');
    for (const line of found) {
      bytes += encoder.encode(line).length + 1;
      if (line.trim() === '') continue;
      lines.push(line);
      characters += line.length;
      if (lines.length === LINES_MAX || characters >= CHARACTERS_MAX) yield part();
    }
    if (!done) continue;
    bytes = file.size;
    if (lines.length > 0) yield part();
    return;
  }
}
