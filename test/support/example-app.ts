import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, preview } from 'vite';

const ROOT = 'examples/web';

/** The example app, built and served. */
export interface ExampleApp {
  readonly origin: string;
  close(): Promise<void>;
}

/** An origin on a free port, for settings that must be known before the app is served. */
export async function exampleOrigin(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://localhost:${port}`;
}

/** Builds the example app and serves it at `origin`, with the API of `apiUrl` behind the same origin. */
export async function serveExample(origin: string, apiUrl: string): Promise<ExampleApp> {
  const folder = await mkdtemp(join(tmpdir(), 'stagedoor-example-'));
  await build({ root: ROOT, logLevel: 'warn', build: { outDir: folder, emptyOutDir: true } });
  const server = await preview({
    root: ROOT,
    logLevel: 'warn',
    build: { outDir: folder },
    preview: { host: '127.0.0.1', port: Number(new URL(origin).port), strictPort: true, proxy: { '/api': apiUrl } },
  });
  return {
    origin,
    close: async () => {
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}
