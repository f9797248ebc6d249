import { dirname, join, relative, resolve, sep } from 'node:path';
import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

// The layout, from the top down. A file's room is the first entry that matches; `sees` lists the rooms it may import.
const CORE = ['modules/*', 'config', 'common'];
const HTTP = ['http', 'database', ...CORE];
// What every module of the core may import.
const SHARED = [
  'database',
  'config',
  'common',
  'modules/passwords',
  'modules/rate-limits',
  'modules/tokens',
  'modules/revocations',
  'modules/security-events',
  'modules/known-networks',
];
const MAILS = ['modules/email-codes', 'modules/mail', 'modules/outbox'];
const FACTORS = ['modules/second-factor', 'modules/passkeys'];
const ROOMS = [
  { room: 'start', sees: ['main', 'config'] },
  {
    room: 'main',
    sees: ['startup-error', 'app.contracts', 'app.setup', 'app.module', 'operations', 'telemetry', ...HTTP],
  },
  { room: 'commands', sees: ['startup-error', 'database', ...CORE] },
  { room: 'startup-error', sees: ['operations', 'database', ...CORE] },
  { room: 'app.setup', sees: ['app.contracts', 'app.module', 'operations', ...HTTP] },
  { room: 'app.module', sees: ['app.contracts', 'operations', ...HTTP] },
  { room: 'app.contracts', sees: ['contracts/*', 'http'] },
  { room: 'contracts/*', sees: ['http', ...CORE] },
  { room: 'operations', sees: HTTP },
  { room: 'http', sees: ['database', ...CORE] },
  {
    room: 'modules/accounts',
    sees: [
      ...[...SHARED, ...MAILS],
      ...FACTORS,
      ...['modules/sessions', 'modules/api-keys', 'modules/artists', 'modules/users'],
    ],
  },
  { room: 'modules/user-import', sees: [...SHARED, 'modules/sessions', 'modules/users'] },
  {
    room: 'modules/auth',
    sees: [
      ...[...SHARED, 'modules/email-codes'],
      ...FACTORS,
      ...['modules/sessions', 'modules/api-keys', 'modules/users'],
    ],
  },
  { room: 'modules/sessions', sees: [...SHARED, ...FACTORS, 'modules/api-keys', 'modules/users'] },
  { room: 'modules/second-factor', sees: [...SHARED, 'modules/passkeys', 'modules/users'] },
  { room: 'modules/passkeys', sees: [...SHARED, 'modules/users'] },
  { room: 'modules/api-keys', sees: [...SHARED, 'modules/users'] },
  { room: 'modules/catalogue', sees: [...SHARED, 'modules/sessions', 'modules/artists'] },
  { room: 'modules/artists', sees: [...SHARED, 'modules/users'] },
  { room: 'modules/users', sees: [...SHARED, ...MAILS] },
  { room: 'modules/email-codes', sees: ['database', 'config', 'common'] },
  { room: 'modules/mail', sees: ['database', 'config', 'common', 'modules/outbox'] },
  { room: 'modules/outbox', sees: ['database', 'config', 'common'] },
  { room: 'modules/passwords', sees: ['database', 'config', 'common'] },
  {
    room: 'modules/rate-limits',
    sees: ['database', 'config', 'common', 'modules/security-events', 'modules/known-networks'],
  },
  { room: 'modules/tokens', sees: ['database', 'config', 'common', 'modules/revocations'] },
  { room: 'modules/revocations', sees: ['database', 'config', 'common'] },
  { room: 'modules/known-networks', sees: ['database', 'config', 'common'] },
  { room: 'modules/security-events', sees: ['database', 'config', 'common'] },
  { room: 'database', sees: ['config', 'common'] },
  { room: 'telemetry', sees: ['config', 'common'] },
  { room: 'config', sees: ['common'] },
  { room: 'common', sees: [] },
];

const fits = (pattern, room) => pattern === room || (pattern.endsWith('/*') && room.startsWith(pattern.slice(0, -1)));

/** `modules/users/user.entity.ts` is in the room `modules/users`, `http/output/contract.ts` in `http`. */
function roomOf(path) {
  const parts = path.replace(/(?:\.spec)?\.c?[jt]s$/, '').split(sep);
  const name = parts.length > 2 && /^(contracts|modules)$/.test(parts[0]) ? parts.slice(0, 2).join('/') : parts[0];
  const entry = ROOMS.find(({ room }) => fits(room, name));
  return entry && { ...entry, name };
}

/** Where the code belongs instead of this import. */
function adviceFor(from, to, sees) {
  if (/^(main|commands|app\.)/.test(to))
    return `no file imports the top of the application: let ${to} provide it by injection.`;
  if (from === 'common')
    return 'common/ imports no other folder: pass the value as an argument, or move this file to the module that uses it.';
  if (from === 'config')
    return 'config/ only reads the environment: code that acts on a setting belongs in the module that uses it.';
  if (from === 'database') return 'database/ imports no module: let the module call the database instead.';
  if (to.startsWith('contracts') && from.startsWith('contracts'))
    return 'deleting a contract must break nothing else: code that contracts share belongs in http/, a rule in a module.';
  if (to.startsWith('contracts'))
    return 'the core knows no contract: return plain data or throw a DomainError, and let the contract present it.';
  if (from.startsWith('contracts'))
    return 'a contract reaches data through a service: put the query in the module that owns the rows.';
  return `${from} may import ${sees.join(', ')}. A type that both need belongs in common/, a rule in the lower module.`;
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
          refuse('src', specifier, 'src/ is deployed alone; only a *.spec.ts may import test/support.');
        return;
      }
      const there = roomOf(path);
      const unknown = !here ? file : !there ? path : undefined;
      if (unknown)
        return refuse(file, path, `${unknown} is not in the plan: add an entry to ROOMS in eslint.config.js.`);
      const entity = path.endsWith('.entity.js');
      if (here.name !== there.name && !here.sees.some((room) => fits(room, there.name)))
        return refuse(here.name, there.name, adviceFor(here.name, there.name, here.sees));
      if (entity && /^(contracts|http|operations)/.test(here.name) && !isTypeOnly(node))
        refuse(
          here.name,
          path,
          'contracts use entities as types only (`import type`): services create and change the rows.',
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
      vague: '{{name}} does not say what it holds: name the file after the one thing in it, and import it directly.',
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
    'Only telemetry/ imports OpenTelemetry, which is not loaded while traces are off: record spans through common/spans.ts.',
};

// A later block replaces the options of a rule, so each folder lists the common bans and its own.
const bans = (...own) => [
  'error',
  {
    patterns: [
      OPEN_TELEMETRY,
      {
        group: ['@nestjs/common'],
        importNames: ['forwardRef'],
        message:
          'Two modules that import each other hide a third: move what both need into a lower one (ROOMS in eslint.config.js).',
      },
      {
        group: ['@nestjs/typeorm'],
        importNames: ['InjectDataSource', 'InjectEntityManager'],
        message: "Inject an entity's Repository, or Database (database/database.ts) for transactions and SQL.",
      },
      {
        regex: '^(node:)?process$',
        importNames: ['env'],
        message: 'Read settings from config/read-config.ts: it parses them once and reports every error at start.',
      },
      {
        group: ['argon2'],
        allowTypeImports: true,
        message: 'Import modules/passwords/argon2.ts, which loads a binary that this processor can run.',
      },
      {
        group: ['prom-client'],
        allowTypeImports: true,
        message: 'Inject PROM_CLIENT, which is loaded only where metrics are enabled.',
      },
      ...own,
    ],
  },
];

const NO_DEFAULT_EXPORT = {
  selector: ':matches(ExportDefaultDeclaration, ExportSpecifier[exported.name="default"])',
  message: 'Export by name, so that it has one name everywhere.',
};

export default defineConfig(
  {
    ignores: [
      'dist/',
      'dist-bench/',
      'data/',
      'coverage/',
      'client/dist/',
      // Uses code that does not exist before test/generators generates it, and compiles it then.
      'test/generators/project/',
      'examples/web/dist/',
      'client/src/schema.ts',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' } },
  eslint.configs.recommended,
  {
    files: ['**/*.{ts,cts}'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      // Classes that Nest injects stay value imports (emitDecoratorMetadata); the rule knows them.
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // Without `await`, the surrounding catch does not see the rejection.
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // An interface may require a promise where the implementation has nothing to await.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['src/**/*.{ts,cts}'],
    plugins: { house: { rules: { direction, 'file-names': fileNames } } },
    rules: {
      'house/direction': 'error',
      'house/file-names': 'error',
      'no-restricted-globals': [
        'error',
        { name: 'console', message: "Log with Nest's Logger, which writes JSON lines with the request's id." },
      ],
      'no-restricted-imports': bans(),
      'no-restricted-syntax': [
        'error',
        NO_DEFAULT_EXPORT,
        {
          selector: ':matches(ExportAllDeclaration, ExportNamedDeclaration[source])',
          message: 'No barrels: import from the file that declares it.',
        },
        {
          selector: 'MethodDefinition[kind="constructor"][value.params.length>6]',
          message: 'A constructor has at most six parameters: a class that needs more does two things.',
        },
      ],
    },
  },
  {
    files: ['src/**/*.{ts,cts}'],
    ignores: ['src/config/**', '**/*.spec.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Read settings from config/read-config.ts: it parses them once and reports every error at start.',
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
          message: 'common/ is plain TypeScript: code that needs the framework belongs in a module or in http/.',
        },
        {
          regex: `${IO}|^(pg|typeorm|redis|@electric-sql/.*)(/.*)?$`,
          message: 'common/ does no I/O: move this to the module that owns it, and pass the result.',
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
            'Statuses, routes and requests belong to contracts: throw a DomainError here, and write the handler in contracts/.',
        },
        {
          group: ['typeorm'],
          importNames: ['DataSource'],
          message: "Inject an entity's Repository, or Database (database/database.ts) for transactions and SQL.",
        },
        {
          group: ['@nestjs/swagger'],
          message: 'Request and response bodies belong to contracts: put the DTO in its folder under contracts/.',
        },
      ),
    },
  },
  {
    files: ['src/{contracts,http}/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': bans({
        regex: '^(typeorm|@nestjs/typeorm|pg|@electric-sql/.*)$',
        message: 'Repositories stay in their module: add a method to the service.',
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
          message: '`only` skips every other test: remove it.',
        },
        {
          selector: 'MemberExpression[object.name=/^(describe|it|test)$/][property.name="skip"]',
          message:
            'Fix or delete the test. Use skipIf or runIf, with a reason, where the database in use cannot run it.',
        },
      ],
      // Response bodies are JSON that the assertions check.
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
