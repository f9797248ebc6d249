import { ArrayMaxSize, ArrayNotEmpty, ArrayUnique, IsArray, IsIn } from 'class-validator';
import { DEFAULT_SCOPES, SCOPES } from '../../../common/principal.js';
import { trimSpace } from '../../../common/text.js';
import { canonicalNetwork } from '../../../modules/api-keys/networks.js';
import { InstantField } from './date-fields.js';
import { accepts, all, Field, onStrings } from './field.js';
import { ofList } from './refusal.js';
import { TextField } from './text-fields.js';

const OPTIONAL = { optional: true, nullable: true };

export function ApiKeyNameField(): PropertyDecorator {
  return TextField({
    ...OPTIONAL,
    max: 100,
    description: 'What the key is for. Default: "API key".',
    example: 'My Integration Key',
  });
}

export function ApiKeyExpiryField(): PropertyDecorator {
  return InstantField({ ...OPTIONAL, description: 'When the key expires. Default: never.' });
}

export function ScopesField(): PropertyDecorator {
  return Field({
    ...OPTIONAL,
    normalize: onStrings(trimSpace),
    rule: all(
      IsArray,
      ArrayNotEmpty,
      (options) => ArrayUnique(options),
      (options) => IsIn(SCOPES, { ...options, each: true }),
    ),
    message: `must be a list of scopes without duplicates: ${SCOPES.join(', ')}`,
    hint: 'Choose at least one scope',
    diagnose: ofList({ min: 1, max: Infinity }, (scopes) =>
      new Set(scopes).size < scopes.length ? { code: 'duplicate' } : { code: 'not_allowed', allowed: SCOPES },
    ),
    docs: {
      type: String,
      isArray: true,
      enum: [...SCOPES],
      enumName: 'Scope',
      minItems: 1,
      maxItems: SCOPES.length,
      uniqueItems: true,
      description: `What the key may do. Default: ${DEFAULT_SCOPES.join(', ')}.`,
      example: [...DEFAULT_SCOPES],
    },
  });
}

const NETWORKS_MAX = 50;
const NETWORK_LENGTH_MAX = 50;

function isNetwork(value: unknown): boolean {
  return typeof value === 'string' && value.length <= NETWORK_LENGTH_MAX && canonicalNetwork(value) !== undefined;
}

/** The networks that a key may be used from. */
export function NetworksField(): PropertyDecorator {
  return Field({
    ...OPTIONAL,
    normalize: onStrings(trimSpace),
    rule: all(
      IsArray,
      ArrayNotEmpty,
      (options) => ArrayMaxSize(NETWORKS_MAX, options),
      (options) => accepts(isNetwork)({ ...options, each: true }),
    ),
    message: `must be a list of 1 to ${NETWORKS_MAX} networks such as 203.0.113.0/24 or 2001:db8::/32`,
    hint: `Enter 1 to ${NETWORKS_MAX} networks, such as 203.0.113.0/24 or 2001:db8::/32`,
    diagnose: ofList({ min: 1, max: NETWORKS_MAX }, () => ({ code: 'format' })),
    docs: {
      type: 'array',
      items: { type: 'string', maxLength: NETWORK_LENGTH_MAX },
      minItems: 1,
      maxItems: NETWORKS_MAX,
      description:
        'The networks (CIDR) and addresses that the key may be used from; from elsewhere the response is 401. ' +
        'Default: anywhere.',
      example: ['203.0.113.0/24', '2001:db8::/32'],
    },
  });
}
