/** How often a log, which cannot take lines back, is told of work that goes on. */
const LOG_INTERVAL_MS = 15_000;

export interface ProgressLine {
  /** shows one line in place of the last */
  show(line: string): void;
  /** leaves the last line standing; what is shown next begins a new one */
  end(): void;
}

/**
 * Long work on a stream: rewritten in place on a terminal; elsewhere a line whenever something new begins (told by what
 * stands before the first colon), and every 15 seconds.
 */
export function progressLine(stream: NodeJS.WriteStream): ProgressLine {
  let open = false;
  let written = Number.NEGATIVE_INFINITY;
  let subject = '';
  return {
    show: (line) => {
      if (stream.isTTY) {
        const room = (stream.columns ?? 80) - 1;
        stream.write(`\r\x1b[2K${line.length > room ? `${line.slice(0, room - 1)}…` : line}`);
        open = true;
        return;
      }
      const about = line.split(':')[0]!;
      if (about === subject && performance.now() - written < LOG_INTERVAL_MS) return;
      [subject, written] = [about, performance.now()];
      stream.write(`${line}\n`);
    },
    end: () => {
      if (open) stream.write('\n');
      open = false;
      subject = '';
    },
  };
}
