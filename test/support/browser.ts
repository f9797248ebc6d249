import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const IMAGES = 'docs/images';

/**
 * Tests in a real Chromium. Where there is none they are skipped, and say so; with `BROWSER_TESTS=required` that is a
 * failure.
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

/** A visitor's browser. Whatever breaks in a page, and whatever a page asks of another origin, is in `faults`. */
export interface Visit {
  readonly context: BrowserContext;
  readonly faults: readonly string[];
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
  context.setDefaultTimeout(15_000);
  const faults: string[] = [];
  context.on('weberror', (fault) => faults.push(fault.error().message));
  context.on('console', (message) => {
    // A refusal by the server is written to the console as well; that is no fault of the page.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(message.text());
  });
  context.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith('data:')) faults.push(request.url());
  });
  return {
    context,
    faults,
    open: async (path) => {
      const page = await context.newPage();
      await page.goto(path);
      return page;
    },
    close: () => context.close(),
  };
}

/** Writes a picture for the documentation, only when asked: `UPDATE_SCREENSHOTS=1`. */
export async function picture(page: Page, name: string): Promise<void> {
  if (process.env['UPDATE_SCREENSHOTS'] !== '1') return;
  await mkdir(IMAGES, { recursive: true });
  await page.screenshot({ path: join(IMAGES, `${name}.png`), animations: 'disabled' });
}
