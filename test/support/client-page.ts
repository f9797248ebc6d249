import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build, type Rollup } from 'vite';

/** An empty page that has loaded the client. */
export interface ClientPage {
  readonly origin: string;
  /** Says which server the client calls; must be called before the page is opened. */
  serveFor(apiUrl: string): void;
  close(): void;
}

/**
 * Bundles the client and serves a page with it. Its globals: `api`, a client of the server, and `users`, what the client
 * has said of logins and logouts.
 */
export async function serveClientPage(): Promise<ClientPage> {
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    build: { lib: { entry: 'client/src/index.ts', formats: ['es'] }, write: false },
  });
  const [{ output }] = built as [Rollup.RollupOutput];
  let html = '';
  const server = createServer(({ url }, response) => {
    const isClient = url === '/client.js';
    response.setHeader('content-type', isClient ? 'text/javascript' : 'text/html');
    response.end(isClient ? output[0].code : html);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    serveFor: (apiUrl) => {
      html = `<title>App</title><link rel="icon" href="data:,"><script type="module">
        import { createClient } from './client.js';
        globalThis.api = createClient({ baseUrl: '${apiUrl}' });
        globalThis.users = [];
        api.onSessionChange((userId) => users.push(userId ?? null));
      </script>`;
    },
    close: () => server.close(),
  };
}
