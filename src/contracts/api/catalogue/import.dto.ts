import { DomainError } from '../../../common/domain-error.js';
import type { FieldError } from '../../../common/field-error.js';
import type { Identifier } from '../../../common/identifier.js';
import { PROBLEMS_MAX } from '../../../common/limits.js';
import { AliasesField, IdentifiersField, TitleField } from '../../../http/input/fields/catalogue-fields.js';
import { accepts, Field } from '../../../http/input/fields/field.js';
import { always } from '../../../http/input/fields/refusal.js';
import { createValidationPipe } from '../../../http/input/validation.pipe.js';
import type { ImportedArtist } from '../../../modules/catalogue/imported-artist.js';
import { UpdateArtistDto } from '../artists/artists.dto.js';
import { SongDetailsDto } from '../songs/songs.dto.js';

/**
 * An artist of an import. After a merge an artist may have more aliases and identifiers than may be given otherwise, and
 * an import takes what an export returns.
 */
class ImportLineDto extends UpdateArtistDto {
  @AliasesField(Infinity)
  override aliases?: string[];

  @IdentifiersField('artist', Infinity)
  override identifiers?: Identifier[];

  @Field({
    optional: true,
    rule: accepts((value) => Array.isArray(value) && value.every(isObject)),
    message: 'must be a list of objects',
    diagnose: always({ code: 'type' }),
    docs: { type: 'array', items: { type: 'object' } },
  })
  songs?: object[];
}

/** A song of that artist. */
class ImportSongDto extends SongDetailsDto {
  @TitleField({ optional: true })
  title?: string;
}

const pipe = createValidationPipe();

/** A line as an artist with songs. @throws DomainError `invalid_request` */
export async function toImportedArtist(line: object): Promise<ImportedArtist> {
  const { songs, identifiers, ...artist } = await validated(line, ImportLineDto);
  if (!identifiers?.length) throw problems([oneRequired('identifiers', 'at least one identifier')]);
  return { ...artist, identifiers, ...(songs && { songs: await validatedSongs(songs) }) };
}

async function validatedSongs(songs: readonly object[]): Promise<ImportSongDto[]> {
  const valid: ImportSongDto[] = [];
  const found: FieldError[] = [];
  for (const [place, sent] of songs.entries()) {
    if (found.length >= PROBLEMS_MAX) break;
    try {
      const song = await validated(sent, ImportSongDto);
      if (song.isrc == null && !song.identifiers?.length) {
        throw problems([oneRequired('identifiers', 'at least one identifier, where there is no isrc')]);
      }
      valid.push(song);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      found.push(...error.fields.map((song) => within(`songs.${place}.`, song)));
    }
  }
  if (found.length > 0) throw problems(found.slice(0, PROBLEMS_MAX));
  return valid;
}

async function validated<T>(value: object, metatype: new () => T): Promise<T> {
  return (await pipe.transform(value, { type: 'body', metatype })) as T;
}

function oneRequired(field: string, what: string): FieldError {
  return { field, code: 'required', message: `${field} must have ${what}` };
}

function problems(fields: readonly FieldError[]): DomainError {
  return new DomainError('invalid_request', { fields });
}

/** A message begins with the name of its field. */
function within(parent: string, error: FieldError): FieldError {
  return { ...error, field: parent + error.field, message: parent + error.message };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
