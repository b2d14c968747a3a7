/** The real `yaml-language-server` over stdio, asked about a document as an editor would ask. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '..', '..');
const SERVER = join(ROOT, 'node_modules', 'yaml-language-server', 'bin', 'yaml-language-server');

export interface Problem {
  readonly line: number;
  readonly message: string;
}

type Message = { id?: number; method?: string; params?: unknown; result?: unknown; error?: { message: string } };

export class LanguageServer {
  private readonly child: ChildProcess;
  private received = Buffer.alloc(0);
  private readonly answers = new Map<number, (message: Message) => void>();
  private readonly problems = new Map<string, (problems: readonly Problem[]) => void>();
  private calls = 0;
  private documents = 0;

  private constructor() {
    this.child = spawn(process.execPath, [SERVER, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.child.stdout!.on('data', (chunk: Buffer) => this.receive(chunk));
  }

  static async start(): Promise<LanguageServer> {
    const server = new LanguageServer();
    const capabilities = { textDocument: { publishDiagnostics: {}, completion: { completionItem: {} } } };
    await server.request('initialize', { processId: process.pid, rootUri: null, capabilities });
    server.notify('initialized', {});
    const yaml = { validate: true, hover: true, completion: true, schemaStore: { enable: false } };
    server.notify('workspace/didChangeConfiguration', { settings: { yaml } });
    return server;
  }

  stop(): void {
    this.child.kill();
  }

  /** Labels suggested at `|` in the text, in order of the server. `schema`: a file of `schema/`. */
  async complete(schema: string, text: string): Promise<string[]> {
    const { uri, position } = await this.open(schema, text);
    const list = (await this.request('textDocument/completion', { textDocument: { uri }, position })) as {
      items: readonly { label: string }[];
    };
    return list.items.map(({ label }) => label);
  }

  /** What the editor shows when the pointer rests at `|`. */
  async hover(schema: string, text: string): Promise<string> {
    const { uri, position } = await this.open(schema, text);
    const hover = (await this.request('textDocument/hover', { textDocument: { uri }, position })) as {
      contents: { value: string };
    } | null;
    return hover?.contents.value ?? '';
  }

  async diagnose(schema: string, text: string): Promise<readonly Problem[]> {
    return (await this.open(schema, text)).problems;
  }

  /** Opens the text as a new document, and waits until the server has looked at it. */
  private async open(schema: string, marked: string) {
    const at = marked.indexOf('|');
    const before = at === -1 ? '' : marked.slice(0, at);
    const modeline = `# yaml-language-server: $schema=${pathToFileURL(join(ROOT, 'schema', schema))}\n`;
    const text = modeline + (at === -1 ? marked : before + marked.slice(at + 1));
    this.documents += 1;
    const uri = `file:///flows/flow-${this.documents}.yaml`;
    const looked = new Promise<readonly Problem[]>((done) => this.problems.set(uri, done));
    this.notify('textDocument/didOpen', { textDocument: { uri, languageId: 'yaml', version: 1, text } });
    const lines = before.split('\n');
    return { uri, problems: await looked, position: { line: lines.length, character: lines.at(-1)!.length } };
  }

  private request(method: string, params: unknown): Promise<unknown> {
    this.calls += 1;
    const id = this.calls;
    return new Promise((done, fail) => {
      this.answers.set(id, ({ result, error }) =>
        error === undefined ? done(result) : fail(new Error(error.message)),
      );
      this.send({ id, method, params });
    });
  }

  private notify(method: string, params: unknown): void {
    this.send({ method, params });
  }

  private send(message: Message): void {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.child.stdin!.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  private receive(chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk]);
    for (;;) {
      const head = this.received.indexOf('\r\n\r\n');
      if (head === -1) return;
      const length = Number(/Content-Length: (\d+)/i.exec(this.received.toString('latin1', 0, head))?.[1]);
      const end = head + 4 + length;
      if (this.received.length < end) return;
      const message = JSON.parse(this.received.toString('utf8', head + 4, end)) as Message;
      this.received = this.received.subarray(end);
      this.take(message);
    }
  }

  private take({ id, method, params, ...rest }: Message): void {
    if (method === 'textDocument/publishDiagnostics') {
      const { uri, diagnostics } = params as {
        uri: string;
        diagnostics: { message: string; range: { start: { line: number } } }[];
      };
      // The line of the author's text: the first one names the schema.
      this.problems.get(uri)?.(diagnostics.map((one) => ({ line: one.range.start.line, message: one.message })));
    } else if (method !== undefined && id !== undefined) {
      // The server asks for settings: there are none beyond those it was told.
      this.send({
        id,
        result: method === 'workspace/configuration' ? (params as { items: unknown[] }).items.map(() => null) : null,
      });
    } else if (id !== undefined) {
      this.answers.get(id)?.(rest);
      this.answers.delete(id);
    }
  }
}
