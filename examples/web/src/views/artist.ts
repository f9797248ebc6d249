import { api, type Artist, type Song } from '../client.js';
import { action, confirmed, field, form, h, messageOf } from '../dom.js';
import { parameterInUrl } from '../page.js';
import { mergeDialog } from './merge.js';

const PAGE_SIZE = 20;
const IDENTIFIER_TYPES = ['isni', 'ipi', 'musicbrainz', 'spotify', 'x-catalogue'];

export function artistLink({ id, name }: Artist): HTMLElement {
  return h('a', { class: 'name', href: `#artist?id=${id}` }, name);
}

/** An artist as it was read. Each change is sent with the version, so that it overwrites nobody else's. */
interface Shown {
  readonly artist: Artist;
  readonly etag: string;
}

type Change = Partial<Pick<Artist, 'name' | 'sortName' | 'disambiguation' | 'aliases' | 'identifiers'>>;

/** One artist: its names, identifiers and songs, and the merge with another one. The URL has the id. */
export function artistView(): HTMLElement {
  const id = parameterInUrl('id');
  const section = h('section', {});

  async function load(): Promise<void> {
    const shown = versioned(await api.withResponse.showArtist(id));
    // The id of a merged artist leads to the one that it was merged into.
    if (shown.artist.id !== id) location.replace(artistUrl(shown.artist.id));
    else render(shown);
  }

  function render(shown: Shown): void {
    const save = async (change: Change): Promise<void> => {
      const headers = { 'if-match': shown.etag };
      render(versioned(await api.withResponse.updateArtist(id, change, { headers })));
    };
    const { artist } = shown;
    section.replaceChildren(
      h('h2', {}, artist.name),
      h(
        'div',
        { class: 'buttons' },
        action('Reload', load),
        action('Merge into another artist', async () => {
          const into = await mergeDialog(artist, shown.etag);
          if (into !== undefined) location.hash = artistUrl(into);
        }),
      ),
      namesForm(artist, save),
      aliasesOf(artist, save),
      identifiersOf(artist, save),
      songsOf(artist),
    );
  }

  load().catch((error: unknown) => {
    section.replaceChildren(h('p', { class: 'problem', role: 'alert' }, messageOf(error)));
  });
  return section;
}

function versioned({ data, response }: { readonly data: Artist; readonly response: Response }): Shown {
  return { artist: data, etag: response.headers.get('etag') ?? '' };
}

function artistUrl(id: string): string {
  return `#artist?id=${id}`;
}

function namesForm(artist: Artist, save: (change: Change) => Promise<void>): HTMLElement {
  const element = form(
    {
      submit: 'Save',
      label: 'Names',
      send: (values) =>
        save({
          name: values.text('name'),
          sortName: values.text('sortName').trim() || null,
          disambiguation: values.text('disambiguation').trim() || null,
        }),
    },
    field({ label: 'Name', name: 'name', value: artist.name, required: true, maxlength: 200, autocomplete: 'off' }),
    field({ label: 'Sort as', name: 'sortName', value: artist.sortName ?? '', maxlength: 200, autocomplete: 'off' }),
    field({
      label: 'Told apart by',
      name: 'disambiguation',
      value: artist.disambiguation ?? '',
      maxlength: 200,
      autocomplete: 'off',
      hint: 'For artists of the same name.',
    }),
  );
  element.classList.add('card');
  return element;
}

function aliasesOf({ aliases }: Artist, save: (change: Change) => Promise<void>): HTMLElement {
  const row = (alias: string): HTMLElement =>
    h(
      'li',
      {},
      h('span', { class: 'name' }, alias),
      action('Remove', () => save({ aliases: aliases.filter((other) => other !== alias) }), {
        'aria-label': `Remove the alias ${alias}`,
      }),
    );
  const add = form(
    { submit: 'Add', label: 'New alias', send: (values) => save({ aliases: [...aliases, values.text('aliases')] }) },
    field({ label: 'New alias', name: 'aliases', required: true, maxlength: 200, autocomplete: 'off' }),
  );
  add.classList.add('inline');
  return h(
    'section',
    {},
    h('h2', {}, 'Other names'),
    h('ul', { class: 'rows', 'aria-label': 'Aliases' }, ...aliases.map(row)),
    add,
  );
}

function identifiersOf({ identifiers }: Artist, save: (change: Change) => Promise<void>): HTMLElement {
  const row = ({ type, value }: Artist['identifiers'][number]): HTMLElement =>
    h(
      'li',
      {},
      h('span', { class: 'name' }, type, h('code', {}, value)),
      action(
        'Remove',
        () => save({ identifiers: identifiers.filter((one) => one.type !== type || one.value !== value) }),
        {
          'aria-label': `Remove ${type} ${value}`,
        },
      ),
    );
  const types = IDENTIFIER_TYPES.map((type) => h('option', {}, type));
  const add = form(
    {
      submit: 'Add',
      label: 'New identifier',
      send: (values) =>
        save({ identifiers: [...identifiers, { type: values.text('type'), value: values.text('identifiers') }] }),
    },
    h('label', { class: 'choice' }, 'Register ', h('select', { name: 'type' }, ...types)),
    field({ label: 'Identifier', name: 'identifiers', required: true, maxlength: 200, autocomplete: 'off' }),
  );
  return h(
    'section',
    {},
    h('h2', {}, 'Identifiers'),
    h('ul', { class: 'rows', 'aria-label': 'Identifiers' }, ...identifiers.map(row)),
    add,
  );
}

function songsOf({ id }: Artist): HTMLElement {
  const rows = h('ul', { class: 'rows', 'aria-label': 'Songs' });
  const status = h('p', { class: 'status', role: 'status' });
  const more = h('div', { class: 'more' });

  async function load(cursor?: string): Promise<void> {
    const { data, meta } = await api.listSongs(id, { size: PAGE_SIZE, cursor });
    if (cursor === undefined) rows.replaceChildren();
    rows.append(...data.map(row));
    if (meta.totalCount !== null) status.textContent = meta.totalCount === 1 ? '1 song' : `${meta.totalCount} songs`;
    const { nextCursor } = meta;
    more.replaceChildren(...(nextCursor === null ? [] : [action('Show more songs', () => load(nextCursor))]));
  }

  function row({ id: songId, title, isrc, releaseDate }: Song): HTMLElement {
    const remove = async (): Promise<void> => {
      if (!(await confirmed(`Delete ${title}?`, 'Delete'))) return;
      await api.deleteSong(songId);
      await load();
    };
    return h(
      'li',
      {},
      h('span', { class: 'name' }, title, isrc !== null && h('code', {}, isrc)),
      h('span', { class: 'since' }, releaseDate ?? ''),
      action('Delete', remove, { class: 'danger', 'aria-label': `Delete ${title}` }),
    );
  }

  const add = form(
    {
      submit: 'Add song',
      label: 'New song',
      send: async (values, element) => {
        const body = { title: values.text('title'), isrc: values.text('isrc').trim() || null };
        await api.createSong(id, body);
        element.reset();
        await load();
      },
    },
    field({ label: 'Title', name: 'title', required: true, maxlength: 500, autocomplete: 'off' }),
    field({
      label: 'ISRC',
      name: 'isrc',
      maxlength: 40,
      autocomplete: 'off',
      hint: 'Such as US-RC1-23-45678. Optional.',
    }),
  );
  load().catch((error: unknown) => (status.textContent = messageOf(error)));
  return h('section', {}, h('h2', {}, 'Songs'), status, rows, more, add);
}
