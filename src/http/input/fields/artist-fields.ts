import { isUuid, trimSpace } from '../../../common/text.js';
import { acceptsString, Field, onString, type Presence } from './field.js';
import { ofForm } from './refusal.js';

interface ArtistIdOptions extends Presence {
  readonly description: string;
}

/** The id of an artist. */
export function ArtistIdField({ description, ...presence }: ArtistIdOptions): PropertyDecorator {
  return Field({
    ...presence,
    normalize: onString(trimSpace),
    rule: acceptsString(isUuid),
    message: 'must be the id of an artist',
    diagnose: ofForm,
    docs: { type: String, format: 'uuid', description, example: '01935c70-2b1c-7e45-8a9d-0f1e2d3c4b5a' },
  });
}
