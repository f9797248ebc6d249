import {
  IDENTIFIER_LENGTH_MAX,
  IDENTIFIER_TYPES,
  type IdentifiedKind,
  type Identifier,
  isIdentifierType,
  OWN_TYPE,
  readIdentifier,
  readIsrc,
} from '../../../common/identifier.js';
import { ALIASES_MAX, IDENTIFIERS_MAX } from '../../../common/limits.js';
import { isCleanText, trimSpace } from '../../../common/text.js';
import { ARTIST_ID } from '../../docs/example-values.js';
import { accepts, acceptsString, Field, onString, onStrings, type Presence } from './field.js';
import { ofFormat, ofList, type Refusal } from './refusal.js';
import { isVisibleText, TextField } from './text-fields.js';

const ALIAS_LENGTH_MAX = 200;

/**
 * Other names, each as a name of an artist may be. The same one twice counts once. `max`: how many; without a number the
 * body bounds them.
 */
export function AliasesField(max: number = ALIASES_MAX): PropertyDecorator {
  return Field({
    optional: true,
    normalize: withoutDuplicates(onStrings(trimSpace)),
    rule: accepts((value) => areAliases(value, max)),
    message:
      `must be a list of ${atMost(max)}names of 1 to ${ALIAS_LENGTH_MAX} characters, ` +
      'at least one of them visible, without control characters',
    hint: `Enter ${atMost(max)}names of 1 to ${ALIAS_LENGTH_MAX} characters`,
    diagnose: ofList({ max }, () => ({ code: 'format' })),
    docs: {
      type: String,
      isArray: true,
      maxItems: max,
      items: { type: 'string', minLength: 1, maxLength: ALIAS_LENGTH_MAX },
      description: 'Other names that a search finds the artist by. An update replaces all of them.',
      example: ['Midnight Coll.', 'TMC'],
    },
  });
}

function atMost(max: number): string {
  return max === Infinity ? '' : `at most ${max} `;
}

function areAliases(value: unknown, max: number): boolean {
  return (
    Array.isArray(value) &&
    value.length <= max &&
    value.every((alias) => typeof alias === 'string' && isVisibleText(alias, 1, ALIAS_LENGTH_MAX))
  );
}

/** Ids in other registers; they reach the handler in the form in which they are kept. `max`: as above. */
export function IdentifiersField(kind: IdentifiedKind, max: number = IDENTIFIERS_MAX): PropertyDecorator {
  return Field({
    optional: true,
    normalize: withoutDuplicates((value) =>
      Array.isArray(value) ? value.map((entry: unknown) => canonical(kind, entry)) : value,
    ),
    rule: accepts((value) => isListOfAtMost(value, max) && firstProblem(kind, value) === undefined),
    message: `must be a list of ${atMost(max)}objects with type and value`,
    hint: `Enter ${atMost(max)}identifiers, each with its type`,
    diagnose: ofList({ max }, (list) => firstProblem(kind, list) ?? { code: 'format' }),
    docs: {
      type: 'array',
      maxItems: max,
      items: {
        type: 'object',
        required: ['type', 'value'],
        properties: {
          type: { type: 'string', pattern: typePattern(kind) },
          value: { type: 'string', maxLength: IDENTIFIER_LENGTH_MAX },
        },
      },
      description:
        `Ids in other registers: ${typeDocs(IDENTIFIER_TYPES[kind])}. The usual spellings are accepted. ` +
        `One id belongs to one ${kind} of an owner. An update replaces all of them.`,
      example:
        kind === 'artist' ? [{ type: 'isni', value: '0000000078387189' }] : [{ type: 'x-catalogue', value: 'MC-17' }],
    },
  });
}

/** The identifier as it is kept, or what was sent where that is not one. */
function canonical(kind: IdentifiedKind, entry: unknown): unknown {
  if (!isTypeAndValue(entry)) return entry;
  const type = trimSpace(entry.type);
  const read = readIdentifier(kind, type, entry.value);
  return 'value' in read ? { type, value: read.value } : entry;
}

function isTypeAndValue(entry: unknown): entry is Identifier {
  if (typeof entry !== 'object' || entry === null || Object.keys(entry).length !== 2) return false;
  const { type, value } = entry as Partial<Identifier>;
  return typeof type === 'string' && typeof value === 'string';
}

function isListOfAtMost(value: unknown, max: number): value is readonly unknown[] {
  return Array.isArray(value) && value.length <= max;
}

/** What is wrong with the first bad entry; undefined: none is bad. Names positions and types, and repeats no value. */
function firstProblem(kind: IdentifiedKind, list: readonly unknown[]): Refusal | undefined {
  for (const [i, entry] of list.entries()) {
    const problem = entryProblem(kind, entry);
    if (problem) {
      const { message, ...rest } = problem;
      return { ...rest, message: `must be valid: entry ${i + 1} ${message}`, hint: `Entry ${i + 1} ${message}` };
    }
  }
  return undefined;
}

function entryProblem(kind: IdentifiedKind, entry: unknown): (Refusal & { readonly message: string }) | undefined {
  if (!isTypeAndValue(entry)) return { code: 'type', message: 'is not an object of two strings, type and value' };
  const type = trimSpace(entry.type);
  if (!isIdentifierType(kind, type)) {
    return {
      code: 'not_allowed',
      allowed: IDENTIFIER_TYPES[kind],
      message: `has a type other than ${typeNames(kind)}`,
    };
  }
  const read = readIdentifier(kind, type, entry.value);
  if ('value' in read) return undefined;
  return read.problem === 'malformed'
    ? { code: 'format', message: `does not have the form of ${type}` }
    : { code: 'check_digit', message: `has a wrong check digit for ${type}` };
}

function typeNames(kind: IdentifiedKind): string {
  return `${IDENTIFIER_TYPES[kind].join(', ')} or x- and 1 to 30 of a-z 0-9 -`;
}

/** The same in Markdown. */
function typeDocs(types: readonly string[]): string {
  return `${types.map((type) => `\`${type}\``).join(', ')}, or \`x-\` and 1 to 30 of \`a-z\`, \`0-9\` and \`-\``;
}

function typePattern(kind: IdentifiedKind): string {
  return `^(?:${IDENTIFIER_TYPES[kind].join('|')}|${OWN_TYPE.source.slice(1, -1)})$`;
}

function withoutDuplicates(normalize: (value: unknown) => unknown): (value: unknown) => unknown {
  return (value) => {
    const list = normalize(value);
    if (!Array.isArray(list)) return list;
    return [...new Map(list.map((entry: unknown) => [JSON.stringify(entry), entry])).values()];
  };
}

/** For the documentation. The rule accepts every space and hyphen of Unicode. */
const GAP = '[ \\-\\u00a0\\u2010-\\u2015]*';
const ISRC_PATTERN = `^(?:[Ii][Ss][Rr][Cc]${GAP})?(?:[A-Za-z]${GAP}){2}(?:[A-Za-z0-9]${GAP}){3}(?:\\d${GAP}){7}$`;

export function IsrcField(): PropertyDecorator {
  return Field({
    optional: true,
    nullable: true,
    normalize: onString((text) => {
      const read = readIsrc(text);
      return 'value' in read ? read.value : text;
    }),
    rule: acceptsString((text) => 'value' in readIsrc(text)),
    message: 'must be an ISRC such as USRC12345678',
    hint: 'Enter an ISRC, such as USRC12345678',
    diagnose: ofFormat,
    docs: {
      type: String,
      maxLength: IDENTIFIER_LENGTH_MAX,
      pattern: ISRC_PATTERN,
      description:
        'International Standard Recording Code, in any case, with or without hyphens, spaces and ISRC in front. ' +
        'Unique among the songs of one owner.',
      example: 'USRC12345678',
    },
  });
}

export function TitleField(presence: Presence = {}): PropertyDecorator {
  return TextField({ ...presence, max: 500, description: 'The title of the song.', example: 'City Lights' });
}

const IDS_MAX = 100;

/** Ids in a query, separated by commas; they reach the handler as a list, as they were given. */
export function IdsField(): PropertyDecorator {
  return Field({
    optional: true,
    // A list is a name that was given twice: refused, as it is for every other name.
    normalize: (value) => (Array.isArray(value) ? {} : onString((text) => text.split(','))(value)),
    rule: accepts(areIds),
    message: `must be 1 to ${IDS_MAX} ids, separated by commas`,
    diagnose: ofList({ max: IDS_MAX }, () => ({ code: 'format' })),
    docs: {
      type: String,
      description:
        `Look up up to ${IDS_MAX} ids, separated by commas, in one call. The answer has what was found in the order ` +
        'asked, and `meta.notFound` the ids that were not. Cannot be used with parameters other than `id_type`.',
      example: ARTIST_ID,
    },
  });
}

function areIds(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length <= IDS_MAX &&
    value.every((id) => typeof id === 'string' && isCleanText(id) && trimSpace(id) !== '')
  );
}

/** The register that an id is from. */
export function IdTypeField(kind: IdentifiedKind): PropertyDecorator {
  const isType = (type: string): boolean => isIdentifierType(kind, type) || (kind === 'song' && type === 'isrc');
  const isrc = kind === 'song' ? 'isrc, ' : '';
  const registers = kind === 'song' ? ['isrc', ...IDENTIFIER_TYPES[kind]] : IDENTIFIER_TYPES[kind];
  return Field({
    optional: true,
    normalize: onString(trimSpace),
    rule: acceptsString(isType),
    message: `must be one of ${isrc}${typeNames(kind)}`,
    diagnose: ofFormat,
    docs: {
      type: String,
      pattern: kind === 'song' ? typePattern(kind).replace('(?:', '(?:isrc|') : typePattern(kind),
      description: `The register that the id is from: ${typeDocs(registers)}. Left out: this installation.`,
      example: kind === 'song' ? 'isrc' : 'isni',
    },
  });
}
