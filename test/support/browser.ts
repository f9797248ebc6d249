import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const IMAGES = 'docs/images';

/**
 * Tests in a real Chromium. Without one they are skipped and say so, or fail with `BROWSER_TESTS=required`.
 */
export function describeInBrowser(name: string, define: () => void): void {
  if (existsSync(CHROMIUM)) {
    describe(name, define);
    return;
  }
  const reason = `there is no Chromium at ${CHROMIUM}; install it (apt-get install chromium) or set CHROMIUM_PATH`;
  if (process.env['BROWSER_TESTS'] === 'required') {
    it(name, () => expect.fail(reason));
    return;
  }
  process.stderr.write(`SKIPPED: ${name}: ${reason}\n`);
  it.skipIf(true)(`${name} (${reason})`, () => expect.fail(reason));
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A browser profile. `errors` lists the errors of its pages and their requests to other origins. */
export interface Visit {
  readonly context: BrowserContext;
  readonly errors: readonly string[];
  open(path: string): Promise<Page>;
  close(): Promise<void>;
}

export async function visit(browser: Browser, origin: string): Promise<Visit> {
  const context = await browser.newContext({
    baseURL: origin,
    viewport: { width: 1100, height: 720 },
    locale: 'en-GB',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  context.setDefaultTimeout(120_000);
  const errors: string[] = [];
  context.on('weberror', (event) => errors.push(event.error().message));
  context.on('console', (message) => {
    // Chromium logs every 4xx response as an error.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      errors.push(message.text());
  });
  context.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith('data:')) errors.push(request.url());
  });
  return {
    context,
    errors,
    open: async (path) => {
      const page = await context.newPage();
      await page.goto(path);
      return page;
    },
    close: () => context.close(),
  };
}

/** Writes a screenshot for the documentation if `UPDATE_SCREENSHOTS=1` is set. */
export async function screenshot(page: Page, name: string): Promise<void> {
  if (process.env['UPDATE_SCREENSHOTS'] !== '1') return;
  await mkdir(IMAGES, { recursive: true });
  await page.screenshot({ path: join(IMAGES, `${name}.png`), animations: 'disabled' });
}
