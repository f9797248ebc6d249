import { isUuid, trimSpace } from '../../../common/text.js';
import { ARTIST_ID, USER_ID } from '../../docs/example-values.js';
import { acceptsString, Field, onString, type Presence } from './field.js';
import { ofFormat } from './refusal.js';

interface IdOptions extends Presence {
  readonly description: string;
}

/** The id of a user, as a filter. */
export function UserIdField({ description }: Pick<IdOptions, 'description'>): PropertyDecorator {
  return IdField('a user', USER_ID, { optional: true, description });
}

export function ArtistIdField(options: IdOptions): PropertyDecorator {
  return IdField('an artist', ARTIST_ID, options);
}

function IdField(owner: string, example: string, { description, ...presence }: IdOptions): PropertyDecorator {
  return Field({
    ...presence,
    normalize: onString(trimSpace),
    rule: acceptsString(isUuid),
    message: `must be the id of ${owner}`,
    diagnose: ofFormat,
    docs: { type: String, format: 'uuid', description, example },
  });
}
