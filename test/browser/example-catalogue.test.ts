import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { describeInBrowser, screenshot } from '../support/browser.js';
import { exampleVisits } from '../support/example-visits.js';
import type { Json } from '../support/http-client.js';
import { PASSWORD, type Person, signUp } from '../support/people.js';

const fileOf = (text: string) => ({
  name: 'roster.ndjson',
  mimeType: 'application/x-ndjson',
  buffer: Buffer.from(text),
});

describeInBrowser('the catalogue in the example app', () => {
  let app: TestApp;
  const example = exampleVisits(async () => (app = await startApp()));

  async function open(person: Person): Promise<Page> {
    const page = await example.open();
    await page.getByLabel('E-mail').fill(person.email);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('button', { name: 'Log out' }).waitFor();
    return page;
  }

  async function makeArtist({ headers }: Person, json: object): Promise<string> {
    const answer = await app.http.post('/api/artists', { json, headers });
    expect(answer.status, answer.text).toBe(201);
    return answer.body.data.id;
  }

  const read = async ({ headers }: Person, path: string): Promise<Json> =>
    (await app.http.get(path, { headers })).body.data;
  const namesIn = (page: Page, list: string): Promise<string[]> =>
    page.getByRole('list', { name: list }).locator('.name').allInnerTexts();

  it('finds an artist as one types, and edits its names, identifiers and songs', async () => {
    const person = await signUp(app);
    const id = await makeArtist(person, { name: 'Beyoncé' });
    await makeArtist(person, { name: 'AC/DC' });
    const page = await open(person);
    await page.getByLabel('Search artists').pressSequentially('beyon');
    await expect.poll(() => namesIn(page, 'Artists')).toEqual(['Beyoncé']);
    await page.getByRole('link', { name: 'Beyoncé' }).click();
    await page.getByRole('heading', { name: 'Beyoncé' }).waitFor();

    await page.getByLabel('Sort as').fill('Knowles, Beyoncé');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect.poll(async () => (await read(person, `/api/artists/${id}`)).sortName).toBe('Knowles, Beyoncé');

    const alias = page.getByRole('form', { name: 'New alias' });
    await alias.getByLabel('New alias').fill('Queen B');
    await alias.getByRole('button', { name: 'Add' }).click();
    await expect.poll(() => namesIn(page, 'Aliases')).toEqual(['Queen B']);

    const identifier = page.getByRole('form', { name: 'New identifier' });
    await identifier.getByLabel('Identifier').fill('0000 0000 7838 7180');
    await identifier.getByRole('button', { name: 'Add' }).click();
    await identifier.getByText('check digit').waitFor();
    await identifier.getByLabel('Identifier').fill('0000 0000 7838 7189');
    await identifier.getByRole('button', { name: 'Add' }).click();
    await expect.poll(() => namesIn(page, 'Identifiers')).toEqual(['isni\n0000000078387189']);

    const song = page.getByRole('form', { name: 'New song' });
    await song.getByLabel('Title').fill('Halo');
    await song.getByLabel('ISRC').fill('us-sm1-08-04556');
    await song.getByRole('button', { name: 'Add song' }).click();
    await expect.poll(() => namesIn(page, 'Songs')).toEqual(['Halo\nUSSM10804556']);

    await page.getByRole('button', { name: 'Remove the alias Queen B' }).click();
    await expect.poll(() => namesIn(page, 'Aliases')).toEqual([]);
    expect(await read(person, `/api/artists/${id}`)).toMatchObject({
      aliases: [],
      identifiers: [{ type: 'isni', value: '0000000078387189' }],
    });
  });

  it('does not overwrite what someone else changed meanwhile', async () => {
    const person = await signUp(app);
    const id = await makeArtist(person, { name: 'Midnight' });
    const page = await open(person);
    await page.getByRole('link', { name: 'Midnight' }).click();
    await page.getByLabel('Sort as').fill('Mine');
    const json = { disambiguation: 'theirs' };
    await app.http.patch(`/api/artists/${id}`, { json, headers: person.headers });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('has changed since you read it').waitFor();
    expect(await read(person, `/api/artists/${id}`)).toMatchObject({ sortName: null, disambiguation: 'theirs' });
    await page.getByRole('button', { name: 'Reload' }).click();
    await expect.poll(() => page.getByLabel('Told apart by').inputValue()).toBe('theirs');
    await page.getByLabel('Sort as').fill('Mine');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect.poll(async () => (await read(person, `/api/artists/${id}`)).sortName).toBe('Mine');
  });

  it('merges a duplicate after a preview of what moves, and follows its old link', async () => {
    const person = await signUp(app);
    const into = await makeArtist(person, { name: 'The Beatles' });
    const from = await makeArtist(person, { name: 'Beatles', identifiers: [{ type: 'x-catalogue', value: 'B-1' }] });
    for (const title of ['Help!', 'Yesterday']) {
      await app.http.post(`/api/artists/${from}/songs`, { json: { title }, headers: person.headers });
    }
    const page = await open(person);
    await page.getByRole('link', { name: 'Beatles', exact: true }).click();
    await page.getByRole('button', { name: 'Merge into another artist' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Merge into').pressSequentially('beatles');
    await expect.poll(() => dialog.locator('.choices button').allInnerTexts()).toEqual(['The Beatles']);
    await dialog.getByRole('button', { name: 'The Beatles' }).click();
    await dialog.getByText('Beatles becomes an alias of The Beatles.').waitFor();
    expect(await dialog.getByRole('listitem').allInnerTexts()).toEqual(['2 songs', '1 identifier', '0 aliases']);
    await screenshot(page, 'example-merge');
    await dialog.getByRole('button', { name: 'Merge' }).click();
    await page.getByRole('heading', { name: 'The Beatles' }).waitFor();
    await expect.poll(() => namesIn(page, 'Aliases')).toEqual(['Beatles']);
    await expect.poll(() => namesIn(page, 'Songs')).toEqual(['Yesterday', 'Help!']);

    const old = await example.openAnother(`/#artist?id=${from}`);
    await old.getByRole('heading', { name: 'The Beatles' }).waitFor();
    expect(new URL(old.url()).hash).toBe(`#artist?id=${into}`);
  });

  it('imports a file in parts, with a progress bar and the lines that were refused', async () => {
    const person = await signUp(app);
    const artist = (n: number): object => ({
      name: `Artist ${n}`,
      identifiers: [{ type: 'x-catalogue', value: `A-${n}` }],
    });
    const lines = Array.from({ length: 2500 }, (_, i) =>
      JSON.stringify(i === 1499 ? { name: 'No identifier' } : artist(i)),
    );
    const file = fileOf(`${lines.slice(0, 7).join('\r\n')}\n\n${lines.slice(7).join('\n')}\n`);
    const page = await open(person);
    await page.getByRole('link', { name: 'Import' }).click();
    const sent: number[] = [];
    const progress: number[] = [];
    const bar = page.getByRole('progressbar', { name: 'Progress' });
    await page.route('**/api/catalogue/import', async (route) => {
      progress.push(Number(await bar.getAttribute('value')));
      sent.push((route.request().postData() ?? '').split('\n').length);
      await route.continue();
    });
    await page.getByLabel('File').setInputFiles(file);
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByText('Done: 2499 created, 1 refused').waitFor();
    expect(sent).toEqual([1000, 1000, 500]);
    expect(progress.map((value) => Math.round(value * 10))).toEqual([0, 4, 8]);
    expect(await bar.getAttribute('value')).toBe('1');
    expect(await namesIn(page, 'Refused lines')).toEqual(['Line 1500']);
    await page.getByText('identifiers must have at least one identifier').waitFor();
    await screenshot(page, 'example-import');

    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByText('Done: 2499 unchanged, 1 refused').waitFor();
    const { body } = await app.http.get('/api/artists?size=1', { headers: person.headers });
    expect(body.meta.totalCount).toBe(2499);
  });

  it('sends a file of 16 MiB in parts of a few, and says which lines have a column too many', async () => {
    const person = await signUp(app);
    const lines = Array.from({ length: 170 }, (_, n) => {
      const artist = { name: `Artist ${n}`, identifiers: [{ type: 'x-catalogue', value: `A-${n}` }] };
      return [JSON.stringify(artist), JSON.stringify({ ...artist, notes: 'x'.repeat(100_000) })];
    }).flat();
    const file = fileOf(lines.join('\n'));
    const page = await open(person);
    await page.getByRole('link', { name: 'Import' }).click();
    const sizes: number[] = [];
    await page.route('**/api/catalogue/import', async (route) => {
      sizes.push(route.request().postDataBuffer()?.length ?? 0);
      await route.continue();
    });
    await page.getByLabel('File').setInputFiles(file);
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByText('Done: 170 created, 170 refused').waitFor();
    expect(sizes.length).toBeGreaterThan(3);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(16_777_216);
    expect((await namesIn(page, 'Refused lines')).at(-1)).toBe('Line 340');
  });
});
