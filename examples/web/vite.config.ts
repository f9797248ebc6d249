import { env } from 'node:process';
import { defineConfig, type Plugin } from 'vite';

/** The built page runs only its own files, talks only to its own origin, and can't turn text into markup. */
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
  // Not while developing: Vite then puts styles into the page itself.
  apply: 'build',
  transformIndexHtml: () => [
    { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: CSP }, injectTo: 'head-prepend' },
  ],
};

// The page and the API on one origin: no CORS, as behind one reverse proxy in production.
const proxy = { '/api': env['STAGEDOOR_URL'] ?? 'http://127.0.0.1:3000' };

export default defineConfig({
  plugins: [contentSecurityPolicy],
  server: { proxy },
  preview: { proxy },
  build: { target: 'es2022' },
});
