import { api, type Artist } from '../client.js';
import { action, h, inDialog, messageOf } from '../dom.js';

const CHOICES_MAX = 6;

/** Merges an artist into another one that the user looks for. Resolves to the id of that one; undefined if dismissed. */
export async function mergeDialog(artist: Artist, etag: string): Promise<string | undefined> {
  let merged: string | undefined;
  await inDialog((close) => {
    const content = h('div', { class: 'choices' });
    const find = h('input', { type: 'search', 'aria-label': 'Merge into', placeholder: 'Search', maxlength: 200 });
    // Responses to an outdated search are dropped.
    let search = 0;

    async function look(): Promise<void> {
      const mine = ++search;
      const q = find.value.trim();
      const found = q === '' ? [] : await artistsLike(q);
      if (mine !== search) return;
      const others = found.filter(({ id }) => id !== artist.id).slice(0, CHOICES_MAX);
      content.replaceChildren(...others.map((into) => action(into.name, () => preview(into))));
    }

    async function preview(into: Artist): Promise<void> {
      const moves = await movesOf(artist);
      const merge = async (): Promise<void> => {
        await api.mergeArtist(artist.id, { into: into.id }, { headers: { 'if-match': etag } });
        merged = into.id;
        close(true);
      };
      content.replaceChildren(
        h('p', {}, `This moves to ${into.name}:`),
        h('ul', { class: 'rows', 'aria-label': 'What moves' }, ...moves.map((text) => h('li', {}, text))),
        h('p', {}, `${artist.name} becomes an alias of ${into.name}. This cannot be undone.`),
        action('Merge', merge, { class: 'danger' }),
      );
    }

    find.addEventListener('input', () => {
      look().catch((error: unknown) => content.replaceChildren(h('p', { class: 'problem' }, messageOf(error))));
    });
    return [
      h('h2', {}, `Merge ${artist.name} into`),
      find,
      content,
      h('button', { type: 'button', class: 'link', onclick: () => close(false) }, 'Cancel'),
    ];
  });
  return merged;
}

async function artistsLike(q: string): Promise<Artist[]> {
  return (await api.listArtists({ q, size: CHOICES_MAX + 1 })).data;
}

/** What a merge of the artist moves, in words. */
async function movesOf({ id, aliases, identifiers }: Artist): Promise<string[]> {
  const { meta } = await api.listSongs(id, { size: 1 });
  return [
    counted(meta.totalCount ?? 0, 'song'),
    counted(identifiers.length, 'identifier'),
    counted(aliases.length, 'alias', 'aliases'),
  ];
}

function counted(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}
