import { dirname, join, relative, resolve, sep } from 'node:path';
import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

// The house, from the top down. A file's room is the first line that fits; `sees` lists the rooms it may import from.
const CORE = ['modules/*', 'config', 'common'];
const CONTRACT = ['contracts', ...CORE];
const MODULE = ['database', 'config', 'common', 'modules/revocations', 'modules/security-events'];
const ROOMS = [
  {
    room: 'main',
    sees: ['operators-fault', 'app.setup', 'app.module', 'contracts', 'contracts/*', 'database', 'telemetry', ...CORE],
  },
  { room: 'rotate-signing-keys', sees: ['operators-fault', 'database', ...CORE] },
  { room: 'operators-fault', sees: ['database', ...CORE] },
  { room: 'app.setup', sees: ['app.contracts', 'app.module', 'contracts', 'contracts/*', 'database', ...CORE] },
  { room: 'app.module', sees: ['app.contracts', 'contracts', 'contracts/*', 'database', ...CORE] },
  { room: 'app.contracts', sees: ['contracts', 'contracts/*'] },
  { room: 'contracts/edge', as: 'contracts', sees: [...CORE, 'database'] },
  { room: 'contracts/*', sees: CONTRACT },
  { room: 'contracts', sees: CORE },
  { room: 'modules/auth', sees: [...MODULE, 'modules/api-keys', 'modules/users'] },
  { room: 'modules/api-keys', sees: [...MODULE, 'modules/users'] },
  { room: 'modules/artists', sees: [...MODULE, 'modules/users'] },
  { room: 'modules/users', sees: MODULE },
  { room: 'modules/revocations', sees: ['database', 'config', 'common'] },
  { room: 'modules/security-events', sees: ['database', 'config', 'common'] },
  { room: 'modules/health', sees: ['database', 'config', 'common'] },
  { room: 'database', sees: ['config', 'common'] },
  { room: 'telemetry', sees: ['config', 'common'] },
  { room: 'config', sees: ['common'] },
  { room: 'common', sees: [] },
];

const fits = (pattern, room) => pattern === room || (pattern.endsWith('/*') && room.startsWith(pattern.slice(0, -1)));

/** `modules/users/user.entity.ts` is in the room `modules/users`, `contracts/contract.ts` in `contracts`. */
function roomOf(path) {
  const parts = path.replace(/(?:\.spec)?\.[jt]s$/, '').split(sep);
  const name = parts.length > 2 && /^(contracts|modules)$/.test(parts[0]) ? parts.slice(0, 2).join('/') : parts[0];
  const entry = ROOMS.find(({ room }) => fits(room, name));
  return entry && { ...entry, name: entry.as ?? name };
}

/** Why this import is refused, and where the thing belongs instead. */
function adviceFor(from, to, sees) {
  if (/^(main|rotate-signing-keys|app\.)/.test(to))
    return `nothing imports the top of the house: have ${to} hand it over by injection.`;
  if (from === 'common')
    return 'common/ knows nobody: pass the value in as an argument, or move this file to the module that uses it.';
  if (from === 'config')
    return 'config/ only reads the environment: what acts on a setting belongs in the module that uses it.';
  if (from === 'database')
    return "database/ knows the modules' entities and nothing else of them: let the module ask the database, not the other way.";
  if (to.startsWith('contracts') && from.startsWith('contracts'))
    return 'deleting a contract must break nothing else: what several dialects share belongs in contracts/edge/, and a rule of theirs in a module.';
  if (to.startsWith('contracts'))
    return 'the core knows no dialect: return plain data or throw a DomainError, and let the contract present it.';
  if (from.startsWith('contracts'))
    return 'a contract reaches data through a service: put the query in the module that owns the rows.';
  return `${from} may import ${sees.join(', ')}. A type both need belongs in common/, a rule in the lower module.`;
}

const isTypeOnly = (node) =>
  node.type === 'TSImportType' ||
  node.importKind === 'type' ||
  Boolean(node.specifiers?.length && node.specifiers.every((one) => one.importKind === 'type'));

const direction = {
  meta: { type: 'problem', schema: [], messages: { refused: '{{from}} must not import {{to}}: {{advice}}' } },
  create(context) {
    const src = join(context.cwd, 'src');
    const file = relative(src, context.filename);
    const here = roomOf(file);
    const check = (node, specifier) => {
      if (typeof specifier !== 'string' || !specifier.startsWith('.')) return;
      const path = relative(src, resolve(dirname(context.filename), specifier));
      const refuse = (from, to, advice) => context.report({ node, messageId: 'refused', data: { from, to, advice } });
      if (path.startsWith('..')) {
        if (!file.endsWith('.spec.ts'))
          refuse('src', specifier, 'src/ ships alone; only a *.spec.ts may reach for test/support.');
        return;
      }
      const there = roomOf(path);
      const unknown = !here ? file : !there ? path : undefined;
      if (unknown)
        return refuse(
          file,
          path,
          `${unknown} has no place in the plan yet: give it a line in ROOMS in eslint.config.js.`,
        );
      const entity = path.endsWith('.entity.js');
      if (entity && here.name === 'database') return;
      if (here.name !== there.name && !here.sees.some((room) => fits(room, there.name)))
        return refuse(here.name, there.name, adviceFor(here.name, there.name, here.sees));
      if (entity && here.name.startsWith('contracts') && !isTypeOnly(node))
        refuse(
          here.name,
          path,
          'contracts know entities as types only (`import type`): services make and change the rows.',
        );
    };
    return {
      ImportDeclaration: (node) => check(node, node.source.value),
      ExportNamedDeclaration: (node) => check(node, node.source?.value),
      ExportAllDeclaration: (node) => check(node, node.source.value),
      ImportExpression: (node) => check(node, node.source.value),
      TSImportType: (node) => check(node, node.source?.value ?? node.argument?.literal?.value),
    };
  },
};

const fileNames = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      vague:
        '{{name}} says nothing about what is inside: name the file after the one thing it holds, and import that file directly.',
    },
  },
  create(context) {
    const name = context.filename.split(sep).at(-1);
    const vague = /^(.*[.-])?(utils?|helpers?|misc)\.ts$/.test(name);
    return vague ? { Program: (node) => context.report({ node, messageId: 'vague', data: { name } }) } : {};
  },
};

const IO = '^(node:)?(fs|net|tls|dgram|dns|http|https|http2|child_process|worker_threads|cluster)(/.*)?$';
const HTTP_WORDS =
  '^(Http.*|.*Exception|Controller|Catch|Get|Post|Put|Patch|Delete|All|Head|Options|Search|Sse|Body|Query|Param|Headers?|Ip|HostParam|Re[qs]|Request|Response|Redirect|Render|Next|Session|RawBody|UploadedFiles?)$';

const OPEN_TELEMETRY = {
  regex: '^@opentelemetry/',
  message:
    'Only telemetry/ knows OpenTelemetry, so that nothing of it is loaded while traces are off: tell of work through common/spans.ts.',
};

// A later block replaces a rule's options, so each folder's bans are the house's plus its own.
const bans = (...own) => [
  'error',
  {
    patterns: [
      OPEN_TELEMETRY,
      {
        group: ['@nestjs/common'],
        importNames: ['forwardRef'],
        message:
          'Two modules that need each other hide a third: move what both need one room down (see ROOMS in eslint.config.js).',
      },
      {
        regex: '^(node:)?process$',
        importNames: ['env'],
        message: 'Read settings from config/env.ts: it parses them once and lists every fault at start.',
      },
      ...own,
    ],
  },
];

const NO_DEFAULT_EXPORT = {
  selector: ':matches(ExportDefaultDeclaration, ExportSpecifier[exported.name="default"])',
  message: 'Export by name, so that a thing has one name everywhere.',
};

export default defineConfig(
  { ignores: ['dist/', 'dist-bench/', 'data/', 'coverage/', 'examples/web/dist/', 'examples/web/src/api.d.ts'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' } },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      // Leaves alone the classes Nest injects: their imports must stay values (emitDecoratorMetadata).
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // Without the await, a surrounding catch never sees the failure.
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // An interface may ask for a promise where this implementation has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { house: { rules: { direction, 'file-names': fileNames } } },
    rules: {
      'house/direction': 'error',
      'house/file-names': 'error',
      'no-restricted-globals': [
        'error',
        { name: 'console', message: "Log through Nest's Logger: one JSON object a line, with the request's id." },
      ],
      'no-restricted-imports': bans(),
      'no-restricted-syntax': [
        'error',
        NO_DEFAULT_EXPORT,
        {
          selector: ':matches(ExportAllDeclaration, ExportNamedDeclaration[source])',
          message: 'No barrels: import from the file that holds the thing.',
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/config/**', '**/*.spec.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Read settings from config/env.ts: it parses them once and lists every fault at start.',
        },
      ],
    },
  },
  {
    files: ['src/common/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': bans(
        {
          regex: '^(@nestjs/|rxjs|fastify|class-)',
          message:
            'common/ is plain TypeScript: what needs the framework belongs in a module (core) or contracts/edge/ (HTTP).',
        },
        {
          regex: `${IO}|^(pg|typeorm|redis|@electric-sql/.*)(/.*)?$`,
          message: 'common/ does no I/O: put this in the module that owns it, and pass the result in.',
        },
      ),
    },
  },
  {
    files: ['src/telemetry/**/*.ts'],
    rules: {
      'no-restricted-imports': bans().map((part) =>
        typeof part === 'string' ? part : { patterns: part.patterns.filter((one) => one !== OPEN_TELEMETRY) },
      ),
    },
  },
  {
    files: ['src/modules/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': bans(
        {
          group: ['@nestjs/common'],
          importNamePattern: HTTP_WORDS,
          message:
            'Statuses, routes and requests are words of a contract: throw a DomainError here, and write the handler in contracts/.',
        },
        {
          group: ['@nestjs/swagger'],
          message: 'Shapes on the wire are a contract’s: put the DTO in its folder under contracts/.',
        },
      ),
    },
  },
  {
    files: ['src/contracts/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': bans({
        regex: '^(typeorm|@nestjs/typeorm|pg|@electric-sql/.*)$',
        message: 'A repository never leaves its module: give the service a method that says what this contract needs.',
      }),
    },
  },
  {
    files: ['test/**/*.ts', 'src/**/*.spec.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        NO_DEFAULT_EXPORT,
        {
          selector: 'MemberExpression[object.name=/^(describe|it|test)$/][property.name="only"]',
          message: '`only` silences every other test: remove it before you commit.',
        },
        {
          selector: 'MemberExpression[object.name=/^(describe|it|test)$/][property.name="skip"]',
          message: 'Mend or delete the test; skipIf/runIf with a reason is for what the database at hand cannot do.',
        },
      ],
      // Answers are JSON that the assertions themselves check.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: {
        console: false,
        process: false,
        fetch: false,
        URL: false,
        URLSearchParams: false,
        Buffer: false,
        performance: false,
        setTimeout: false,
        clearTimeout: false,
        AbortSignal: false,
      },
    },
  },
);
