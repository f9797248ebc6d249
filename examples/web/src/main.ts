import { api } from './client.js';
import { action, h } from './dom.js';
import { currentPage } from './page.js';
import './style.css';
import { verifyView } from './views/account.js';
import { artistView } from './views/artist.js';
import { artistsView } from './views/artists.js';
import { importView } from './views/import.js';
import { keysView } from './views/keys.js';
import { profileView } from './views/profile.js';
import { deletedView, forgotView, invitationView, resetView, undoView } from './views/recovery.js';
import { welcomeView } from './views/welcome.js';

const VIEWS = {
  '#artists': { title: 'Artists', show: artistsView },
  '#import': { title: 'Import', show: importView },
  '#keys': { title: 'API keys', show: keysView },
  '#profile': { title: 'Profile', show: profileView },
} as const;

/** Pages of the navigation bar, and those that a link leads to, such as `#artist?id=…`. */
const PAGES = {
  ...VIEWS,
  '#artist': { title: 'Artist', show: artistView },
  '#verify': { title: 'Verify your e-mail address', show: verifyView },
} as const;

/** Pages that need no login. Mails link to most of them, such as `#reset?code=…`. */
const OPEN_PAGES: Readonly<Record<string, () => HTMLElement>> = {
  '#forgot': forgotView,
  '#reset': resetView,
  '#invitation': invitationView,
  '#undo': undoView,
  '#deleted': deletedView,
};

let userId = await api.userId();

function isPage(hash: string): hash is keyof typeof PAGES {
  return hash in PAGES;
}

function render(): void {
  document.querySelector('dialog')?.close();
  document.querySelector('#app')?.replaceChildren(page());
}

function page(): HTMLElement {
  const open = OPEN_PAGES[currentPage()];
  if (open) return centered(open());
  return userId === undefined ? centered(welcomeView()) : loggedInPage();
}

function centered(content: HTMLElement): HTMLElement {
  return h('main', { class: 'welcome' }, h('p', { class: 'brand' }, 'Roster'), content);
}

function loggedInPage(): HTMLElement {
  const hash = currentPage();
  const current = isPage(hash) ? hash : '#artists';
  const { title, show } = PAGES[current];
  const heading = h('h1', { tabindex: -1 }, title);
  // Moves keyboard focus and screen readers to the new content.
  queueMicrotask(() => heading.focus({ preventScroll: true }));
  const links = Object.entries(VIEWS).map(([href, view]) =>
    h('a', { href, 'aria-current': href === current && 'page' }, view.title),
  );
  return h(
    'div',
    { class: 'page' },
    h(
      'header',
      {},
      h('span', { class: 'brand' }, 'Roster'),
      h('nav', { 'aria-label': 'Main' }, ...links),
      action('Log out', () => api.logOut()),
    ),
    h('main', {}, heading, show()),
  );
}

window.addEventListener('hashchange', render);
api.onSessionChange((changed) => {
  userId = changed;
  render();
});
render();
