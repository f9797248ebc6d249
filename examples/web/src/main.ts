import { action, h } from './dom.js';
import { currentToken, logOut, onLoginOrLogout } from './session.js';
import './style.css';
import { artistsView } from './views/artists.js';
import { keysView } from './views/keys.js';
import { profileView } from './views/profile.js';
import { welcomeView } from './views/welcome.js';

const VIEWS = {
  '#artists': { title: 'Artists', show: artistsView },
  '#keys': { title: 'API keys', show: keysView },
  '#profile': { title: 'Profile', show: profileView },
} as const;

function isView(hash: string): hash is keyof typeof VIEWS {
  return hash in VIEWS;
}

function render(): void {
  document.querySelector('dialog')?.close();
  document.querySelector('#app')?.replaceChildren(currentToken() === undefined ? welcomeView() : loggedInPage());
}

function loggedInPage(): HTMLElement {
  const current = isView(location.hash) ? location.hash : '#artists';
  const { title, show } = VIEWS[current];
  const heading = h('h1', { tabindex: -1 }, title);
  // Moves a screen reader, and the keyboard, to what has changed.
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
      action('Log out', logOut),
    ),
    h('main', {}, heading, show()),
  );
}

window.addEventListener('hashchange', render);
onLoginOrLogout(render);
render();
