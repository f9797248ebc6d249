import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { TestApp } from './app.js';
import { launchBrowser, visit, type Visit } from './browser.js';
import { type ExampleApp, exampleOrigin, serveExample } from './example-app.js';

/** The example app in a browser. */
export interface ExampleVisits {
  readonly origin: string;
  /** The browser profile of the latest visitor. */
  readonly context: BrowserContext;
  /** Opens a page as a new visitor. */
  open(path?: string): Promise<Page>;
  /** Opens another page as the same visitor. */
  openAnother(path?: string): Promise<Page>;
}

/**
 * Serves the example app to the tests of a suite, in front of the server that `start` starts for its origin. After each
 * test the profile of its visitor is closed, and its pages must have had no error.
 */
export function exampleVisits(start: (origin: string) => Promise<TestApp>): ExampleVisits {
  let app: TestApp | undefined;
  let example: ExampleApp | undefined;
  let browser: Browser | undefined;
  let visitor: Visit | undefined;

  beforeAll(async () => {
    const origin = await exampleOrigin();
    app = await start(origin);
    example = await serveExample(origin, app.url);
    browser = await launchBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await example?.close();
    await app?.close();
  });
  afterEach(async () => {
    const { errors } = there(visitor);
    await visitor?.close();
    expect(errors, 'no error, no request to another origin, no violation of the Content-Security-Policy').toEqual([]);
  });

  return {
    get origin() {
      return there(example).origin;
    },
    get context() {
      return there(visitor).context;
    },
    open: async (path = '/') => {
      visitor = await visit(there(browser), there(example).origin);
      return visitor.open(path);
    },
    openAnother: (path = '/') => there(visitor).open(path),
  };
}

function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('Nothing has been started, or opened, yet');
  return value;
}
