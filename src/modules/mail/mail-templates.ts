import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ConfigError } from '../../config/config.js';
import { BUILT_IN_TEMPLATES } from './built-in-templates.js';
import { MAIL_KIND_NAMES, type MailKind, RULES } from './mail-kinds.js';
import { Template, TemplateError } from './template.js';

const EXTENSION = '.txt';

type Templates = Map<MailKind, Template>;

/** The templates of all mails: those of `MAIL_TEMPLATES_DIR`, and the built-in ones for the rest. */
export class MailTemplates {
  private constructor(
    private readonly general: Templates,
    /** By language tag, in lower case. */
    private readonly translated: ReadonlyMap<string, Templates>,
  ) {}

  /**
   * @param folder contains templates such as `reset.txt`, and `de/reset.txt` for users with that locale
   * @throws {ConfigError} listing all errors of all templates
   */
  static async load(folder: string | undefined): Promise<MailTemplates> {
    const general: Templates = new Map();
    for (const kind of MAIL_KIND_NAMES) general.set(kind, parse(kind, BUILT_IN_TEMPLATES[kind]));
    const translated = new Map<string, Templates>();
    if (folder !== undefined) {
      const problems: string[] = [];
      await readFolder(folder, general, translated, problems);
      if (problems.length > 0) throw new ConfigError(problems.map((problem) => `MAIL_TEMPLATES_DIR: ${problem}`));
    }
    return new MailTemplates(general, translated);
  }

  /** The template for the locale (`de-AT`), or else for its language (`de`), or else the default one. */
  find(kind: MailKind, locale: string | null): Template {
    for (let tag = locale?.toLowerCase() ?? ''; tag !== ''; tag = tag.slice(0, Math.max(0, tag.lastIndexOf('-')))) {
      const template = this.translated.get(tag)?.get(kind);
      if (template) return template;
    }
    const template = this.general.get(kind);
    if (!template) throw new Error(`No template for mails of the kind ${kind}`);
    return template;
  }
}

async function readFolder(
  folder: string,
  general: Templates,
  translated: Map<string, Templates>,
  problems: string[],
): Promise<void> {
  for (const { path, isFolder } of await entriesOf(folder, '', problems)) {
    if (!isFolder) {
      await readTemplate(folder, path, general, problems);
    } else if (!isLanguageTag(path)) {
      problems.push(`${path}/ is not a language tag such as de or pt-BR`);
    } else {
      const templates: Templates = new Map();
      translated.set(path.toLowerCase(), templates);
      for (const entry of await entriesOf(folder, path, problems)) {
        if (!entry.isFolder) await readTemplate(folder, entry.path, templates, problems);
      }
    }
  }
}

interface Entry {
  /** Relative to the folder of templates. */
  readonly path: string;
  readonly isFolder: boolean;
}

/** Templates and subfolders. Other files are ignored. */
async function entriesOf(folder: string, below: string, problems: string[]): Promise<Entry[]> {
  try {
    const entries = await readdir(join(folder, below), { withFileTypes: true });
    return entries
      .filter((entry) => !entry.name.startsWith('.') && (entry.isDirectory() || entry.name.endsWith(EXTENSION)))
      .map((entry) => ({ path: join(below, entry.name), isFolder: entry.isDirectory() }))
      .sort((one, other) => (one.path < other.path ? -1 : 1));
  } catch (error) {
    problems.push(`${join(folder, below)} cannot be read (${codeOf(error)})`);
    return [];
  }
}

async function readTemplate(folder: string, path: string, into: Templates, problems: string[]): Promise<void> {
  const name = basename(path, EXTENSION);
  const kind = MAIL_KIND_NAMES.find((known) => known === name);
  if (!kind) {
    problems.push(`${path} is not a known template; the names are ${MAIL_KIND_NAMES.join(', ')}`);
    return;
  }
  try {
    const source = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(join(folder, path)));
    into.set(kind, parse(kind, source));
  } catch (error) {
    if (error instanceof TemplateError) problems.push(...error.problems.map((problem) => `${path}: ${problem}`));
    else if (error instanceof TypeError) problems.push(`${path}: it is not UTF-8`);
    else problems.push(`${path} cannot be read (${codeOf(error)})`);
  }
}

function parse(kind: MailKind, source: string): Template {
  const { code, values = [] } = RULES[kind];
  const names = ['appName', ...(code === undefined ? [] : ['code', 'link']), ...values];
  return Template.parse(source, names, code === undefined ? [] : ['code']);
}

function isLanguageTag(name: string): boolean {
  try {
    return Intl.getCanonicalLocales(name).length === 1;
  } catch {
    return false;
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}
