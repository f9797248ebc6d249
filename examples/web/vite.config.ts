import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

/** The built page runs only its own files, connects only to its own origin, and cannot turn strings into markup. */
const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const contentSecurityPolicy: Plugin = {
  name: 'content-security-policy',
  // Not during development, where Vite injects styles into the page.
  apply: 'build',
  transformIndexHtml: () => [
    { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: CSP }, injectTo: 'head-prepend' },
  ],
};

// Serves page and API from one origin, as a reverse proxy does in production, so that CORS is not needed.
const proxy = { '/api': env['STAGEDOOR_URL'] ?? 'http://127.0.0.1:3000' };

export default defineConfig({
  plugins: [contentSecurityPolicy],
  // The client of this repository; an app of its own installs the package.
  resolve: { alias: { 'stagedoor-client': fileURLToPath(new URL('../../client/src/index.ts', import.meta.url)) } },
  server: { proxy },
  preview: { proxy },
  build: { target: 'es2022' },
});
