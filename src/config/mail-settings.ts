import { join } from 'node:path';
import ipaddr from 'ipaddr.js';
import { canonicalEmail } from '../common/email.js';
import type { SettingsReader } from './settings-reader.js';

export interface MailSettings {
  readonly transport: SmtpSettings | FolderSettings;
  readonly from: { readonly name: string; readonly address: string };
  /** Templates that replace or translate the built-in ones. */
  readonly templatesDir: string | undefined;
  readonly links: MailLinks;
}

export interface SmtpSettings {
  readonly kind: 'smtp';
  readonly host: string;
  readonly port: number;
  /**
   * `implicit`: TLS from the first byte. `starttls`: STARTTLS is required. `none`: the host is loopback, or the URL has
   * `?tls=off`.
   */
  readonly tls: 'implicit' | 'starttls' | 'none';
  /** `?tls=off` for a host that is not loopback. */
  readonly isTlsWaived: boolean;
  readonly auth: { readonly user: string; readonly password: string } | undefined;
}

/** Mails are written to files in this folder. */
export interface FolderSettings {
  readonly kind: 'folder';
  readonly path: string;
}

/** URLs of frontend pages, with `{code}` in the fragment. Undefined: mails show the code only. */
export interface MailLinks {
  readonly passwordReset: string | undefined;
  readonly emailVerify: string | undefined;
  readonly invitation: string | undefined;
  readonly emailUndo: string | undefined;
}

interface Surroundings {
  readonly production: boolean;
  readonly isEmbedded: boolean;
  readonly dataDir: string;
}

/** Returns undefined if no mail is sent. */
export function readMailSettings(read: SettingsReader, surroundings: Surroundings): MailSettings | undefined {
  const transport = readTransport(read, surroundings);
  const sender = read.optionalString('MAIL_FROM');
  const from = sender === undefined ? undefined : parseSender(sender);
  if (sender !== undefined && from === undefined) {
    read.report('MAIL_FROM must be an address such as hello@acme.example, or Acme <hello@acme.example>');
  }
  const templatesDir = read.optionalString('MAIL_TEMPLATES_DIR');
  const links = {
    passwordReset: readLink(read, 'PASSWORD_RESET_LINK'),
    emailVerify: readLink(read, 'EMAIL_VERIFY_LINK'),
    invitation: readLink(read, 'INVITATION_LINK'),
    emailUndo: readLink(read, 'EMAIL_UNDO_LINK'),
  };
  if (transport?.kind === 'smtp' && sender === undefined) read.report('MAIL_FROM is required with MAIL_URL');
  if (transport === undefined) {
    if (sender !== undefined && !read.isInvalid('MAIL_URL')) read.report('MAIL_FROM has no effect without MAIL_URL');
    return undefined;
  }
  return { transport, from: from ?? LOCAL_SENDER, templatesDir, links };
}

/** The sender of mails that are written to a folder. */
const LOCAL_SENDER = { name: '', address: 'no-reply@localhost' };

function readTransport(read: SettingsReader, surroundings: Surroundings): MailSettings['transport'] | undefined {
  const { production, isEmbedded, dataDir } = surroundings;
  // It may contain a password, which no problem repeats.
  const value = read.checkedSecret('MAIL_URL', (url) => mailUrlProblem(url.trim(), production))?.trim();
  if (value !== undefined) return parseFolder(value) ?? parseSmtp(value);
  const isByDefault = isEmbedded && !production && !read.isInvalid('MAIL_URL');
  return isByDefault ? { kind: 'folder', path: join(dataDir, 'mail') } : undefined;
}

function mailUrlProblem(value: string, production: boolean): string | undefined {
  if (parseFolder(value)) return production ? 'must name an SMTP server in production, not a folder' : undefined;
  return parseSmtp(value) ? undefined : MAIL_URL_FORM;
}

function parseFolder(value: string): FolderSettings | undefined {
  const path = /^folder:(.+)$/.exec(value)?.[1];
  return path === undefined ? undefined : { kind: 'folder', path };
}

const MAIL_URL_FORM =
  'must be smtps://user:password@host:465, smtp://user:password@host:587 (add ?tls=off only if the server has no TLS), ' +
  'or folder:./mail; percent-encode special characters in the user and the password';

function parseSmtp(value: string): SmtpSettings | undefined {
  if (!/^smtps?:\/\//.test(value) || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  const isImplicit = url.protocol === 'smtps:';
  const tlsOff = url.search === '?tls=off';
  const hasNoMore = (tlsOff ? !isImplicit : url.search === '') && /^\/?$/.test(url.pathname) && url.hash === '';
  const user = decoded(url.username);
  const password = decoded(url.password);
  if (!hasNoMore || url.hostname === '' || url.port === '0') return undefined;
  if (user === undefined || password === undefined || (user === '' && password !== '')) return undefined;
  const host = hostOf(url);
  return {
    kind: 'smtp',
    host,
    port: url.port === '' ? (isImplicit ? 465 : 587) : Number(url.port),
    tls: isImplicit ? 'implicit' : tlsOff || isLoopback(host) ? 'none' : 'starttls',
    isTlsWaived: tlsOff && !isLoopback(host),
    auth: user === '' ? undefined : { user, password },
  };
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** The host of a URL, an IPv6 address without its brackets. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

function isLoopback(host: string): boolean {
  if (/^(?:.+\.)?localhost$/i.test(host)) return true;
  return ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback';
}

function parseSender(sender: string): MailSettings['from'] | undefined {
  const { name = '', address = '' } = /^(?<name>[^<>]*)<(?<address>[^<>]+)>$/.exec(sender)?.groups ?? {
    address: sender,
  };
  const canonical = canonicalEmail(address);
  return canonical === undefined || /\p{Cc}/u.test(name)
    ? undefined
    : { name: unquoted(name.trim()), address: canonical };
}

const unquoted = (name: string): string => name.replace(/^"(.*)"$/, '$1');

const CODE = '{code}';

function readLink(read: SettingsReader, name: string): string | undefined {
  const value = read.optionalString(name);
  if (value === undefined || isLink(value)) return value;
  const form = `must be https (or http on localhost) and hold ${CODE} once, after #: https://app.example/page#code=${CODE}`;
  return read.reject(name, form, undefined);
}

function isLink(value: string): boolean {
  const parts = value.split(CODE);
  const [before] = parts;
  if (parts.length !== 2 || !before?.includes('#') || /\s/.test(value) || !URL.canParse(value)) return false;
  const url = new URL(value);
  const { protocol, username, password } = url;
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostOf(url)));
}
