import { api, type Artist } from '../client.js';
import { action, confirmed, dateOf, field, form, h, inDialog, messageOf } from '../dom.js';
import { artistLink } from './artist.js';

const PAGE_SIZE = 10;

/** The user's artists: search, page through, create, rename, deactivate, delete. */
export function artistsView(): HTMLElement {
  const rows = h('ul', { class: 'rows', 'aria-label': 'Artists' });
  const status = h('p', { class: 'status', role: 'status' });
  const more = h('div', { class: 'more' });
  let query = '';
  // Responses to an outdated search are dropped.
  let search = 0;

  async function load(cursor?: string): Promise<void> {
    const mine = cursor === undefined ? ++search : search;
    const { data, meta } = await api.listArtists({ size: PAGE_SIZE, cursor, q: query || undefined });
    if (mine !== search) return;
    if (cursor === undefined) rows.replaceChildren();
    rows.append(...data.map(row));
    // A page by cursor has no total.
    if (meta.totalCount !== null) status.textContent = countOf(meta.totalCount);
    const { nextCursor } = meta;
    more.replaceChildren(...(nextCursor === null ? [] : [action('Show more', () => load(nextCursor))]));
  }

  function row(artist: Artist): HTMLElement {
    const item: HTMLElement = h(
      'li',
      {},
      artistLink(artist),
      h('span', { class: 'since' }, 'since ', dateOf(artist.createdAt)),
      h(
        'span',
        { class: 'buttons' },
        action('Edit', async () => item.replaceWith(row(await edited(artist))), {
          'aria-label': `Edit ${artist.name}`,
        }),
        action('Deactivate', () => deactivate(artist), { 'aria-label': `Deactivate ${artist.name}` }),
        action('Delete', () => remove(artist), { class: 'danger', 'aria-label': `Delete ${artist.name}` }),
      ),
    );
    return item;
  }

  async function deactivate({ id, name }: Artist): Promise<void> {
    if (!(await confirmed(`Deactivate ${name}? Only an admin can activate it again.`, 'Deactivate'))) return;
    await api.updateArtist(id, { status: 'inactive' });
    await load();
  }

  async function remove({ id, name }: Artist): Promise<void> {
    if (!(await confirmed(`Delete ${name} and all its songs?`, 'Delete'))) return;
    await api.deleteArtist(id);
    await load();
  }

  const create = form(
    {
      submit: 'Add artist',
      label: 'New artist',
      send: async (values, element) => {
        await api.createArtist({ name: values.text('name') });
        element.reset();
        await load();
      },
    },
    field({ label: 'New artist', name: 'name', required: true, maxlength: 200, autocomplete: 'off' }),
  );
  const find = h('input', {
    type: 'search',
    'aria-label': 'Search artists',
    placeholder: 'Search',
    maxlength: 200,
    oninput: () => {
      query = find.value.trim();
      reload();
    },
  });
  const reload = (): void => void load().catch((error: unknown) => (status.textContent = messageOf(error)));
  reload();
  create.classList.add('inline');
  return h('section', {}, create, h('div', { class: 'list-head' }, status, find), rows, more);
}

/** The artist after the dialog; unchanged if it was dismissed. */
async function edited(artist: Artist): Promise<Artist> {
  let current = artist;
  await inDialog((close) => [
    h('h2', {}, 'Edit artist'),
    form(
      {
        submit: 'Save',
        label: 'Edit artist',
        send: async (values) => {
          current = await api.updateArtist(artist.id, { name: values.text('name') });
          close(true);
        },
      },
      field({ label: 'Name', name: 'name', value: artist.name, required: true, maxlength: 200, autocomplete: 'off' }),
    ),
    h('button', { type: 'button', class: 'link', onclick: () => close(false) }, 'Cancel'),
  ]);
  return current;
}

function countOf(total: number): string {
  if (total === 0) return 'No artists yet.';
  return total === 1 ? '1 artist' : `${total} artists`;
}
