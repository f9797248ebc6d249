import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServerProcess } from '../support/server-process.js';

const ROOT = join(import.meta.dirname, '../..');
const CREATE_VITE = 'create-vite@9.3.0';
/** Prints what each call of a session returns. */
const NODE_PROGRAM = `
  import { createClient } from 'stagedoor-client';
  const api = createClient({ baseUrl: process.env.BASE_URL });
  await api.signUp({ email: 'jane@example.com', name: 'Jane Doe', password: 'quiet-Harbour-42' });
  for (const name of ['One', 'Two', 'Three']) await api.createArtist({ name });
  const names = [];
  for await (const { name } of api.artists({ size: 2 })) names.push(name);
  const { apiKey } = await api.createKey({ name: 'Export', scopes: ['artists:read'] });
  const withKey = createClient({ baseUrl: process.env.BASE_URL, apiKey });
  const renewed = await api.renew();
  const email = (await api.me()).email;
  await api.logOut();
  const refused = await api.me().catch(({ code }) => code);
  console.log(JSON.stringify({ names, byKey: (await withKey.listArtists()).data.length, renewed, email, refused }));
`;

/** Runs a command. @throws {Error} with its output when it fails */
async function run(cwd: string, command: string, env: Record<string, string> = {}): Promise<string> {
  const { PATH, HOME } = process.env;
  const ran = promisify(execFile)('sh', ['-euc', command], { cwd, env: { PATH, HOME, ...env } });
  const { stdout } = await ran.catch((error: { stdout: string; stderr: string }) =>
    expect.fail(`${command}: ${error.stdout}${error.stderr}`),
  );
  return stdout;
}

describe('a fresh Vite project, with what docs/frontend.md says', () => {
  let folder: string;
  let app: string;
  let server: ServerProcess;
  let url: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stagedoor-fresh-'));
    app = join(folder, 'app');
    server = ServerProcess.start({ DATA_DIR: join(folder, 'data'), RATE_LIMIT_ENABLED: 'false' });
    url = await server.url();
    await run(folder, `npx -y ${CREATE_VITE} app --template vanilla-ts --no-interactive`);
    await run(app, 'npm install --no-audit --no-fund');
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  /** The first block of code of a section. */
  async function blockOf(section: string, language: string): Promise<string> {
    const page = await readFile(join(ROOT, 'docs/frontend.md'), 'utf8');
    const text = page.split(`\n## ${section}\n`)[1].split('\n## ')[0];
    const [, code] = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(text) ?? [];
    if (code === undefined) throw new Error(`no ${language} in "${section}"`);
    return code;
  }

  const compile = async (source: string): Promise<string> => {
    await writeFile(join(app, 'src/main.ts'), source);
    await run(app, 'npm run build');
    const assets = join(app, 'dist/assets');
    const scripts = (await readdir(assets)).filter((name) => name.endsWith('.js'));
    return (await Promise.all(scripts.map((name) => readFile(join(assets, name), 'utf8')))).join('\n');
  };

  it('generates the types of a typed client, and compiles the sample', async () => {
    const commands = await blockOf('A typed client', 'sh');
    expect(commands).toContain('http://127.0.0.1:3000');
    await run(app, commands.replaceAll('http://127.0.0.1:3000', url));
    const sample = await blockOf('A typed client', 'ts');
    // The response is typed, and so is the refusal.
    await compile(`${sample}\ndocument.title = data ? String(data.meta.nextCursor) : error.code;`);
  });

  it('installs the packed client, compiles the sample, and bundles only what is used', async () => {
    await run(join(ROOT, 'client'), `npm pack --pack-destination '${folder}'`);
    const [packed] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
    await run(app, `npm install --no-audit --no-fund ../${packed}`);
    const sample = await blockOf('The client', 'ts');
    const credentials = "const [email, password] = ['jane@example.com', 'quiet-Harbour-42'];";
    const used = 'document.title = me.name + artist.name + (me instanceof ApiError);';
    expect(await compile(`${credentials}\n${sample}\n${used}`)).toContain('/api/artists');
    const small = await compile("import { ApiError } from 'stagedoor-client';\nconsole.log(ApiError.name);");
    expect(small).not.toMatch(/indexedDB|\/api\/artists/);
  });

  it('runs the packed client in Node.js, from a sign-up to a logout', async () => {
    await writeFile(join(app, 'session.mjs'), NODE_PROGRAM);
    const printed = await run(app, `'${process.execPath}' session.mjs`, { BASE_URL: url });
    expect(JSON.parse(printed)).toEqual({
      names: ['Three', 'Two', 'One'],
      byKey: 3,
      renewed: true,
      email: 'jane@example.com',
      refused: 'authentication_required',
    });
  });
});
