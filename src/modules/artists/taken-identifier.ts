import { DomainError } from '../../common/domain-error.js';
import type { Identifier, IdentifiedKind } from '../../common/identifier.js';
import type { Database } from '../../database/database.js';
import { violates } from '../../database/sql-state.js';

interface Holder {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

const HOLDER: Readonly<Record<IdentifiedKind, string>> = {
  artist: `SELECT artists.id, artists.name, taken.type, taken.value
             FROM artist_identifiers taken JOIN artists ON artists.id = taken.artist_id`,
  song: `SELECT songs.id, songs.title AS name, taken.type, taken.value
           FROM song_identifiers taken JOIN songs ON songs.id = taken.song_id`,
};

/** What a write wants for an artist or song. */
export interface Claim {
  readonly kind: IdentifiedKind;
  readonly id: string;
  /** The owner where the artist or song is new; otherwise the owner is the one that it has. */
  readonly userId: string;
  readonly identifiers?: readonly Identifier[] | undefined;
}

/**
 * Waits for a write with its transaction.
 * @throws DomainError `identifier_taken` where it failed because another artist (song) of the owner has one of the
 *   identifiers; the message names that artist. Any other error of the write as it is.
 */
export async function refuseTaken<T>(database: Database, write: Promise<T>, claim: Claim): Promise<T> {
  try {
    return await write;
  } catch (error) {
    const { kind, id, userId, identifiers = [] } = claim;
    if (!violates(error, `${kind}_identifiers_pkey`)) throw error;
    const [holder] = await database.query<Holder>(
      `${HOLDER[kind]} JOIN jsonb_to_recordset($1::jsonb) AS wanted (type text, value text)
          ON wanted.type = taken.type AND wanted.value = taken.value
        WHERE taken.user_id = coalesce((SELECT user_id FROM ${kind}s WHERE id = $3), $2) AND taken.${kind}_id <> $3
        LIMIT 1`,
      [JSON.stringify(identifiers), userId, id],
    );
    // The one that had it may have given it up meanwhile.
    if (!holder) throw new DomainError('identifier_taken', { cause: error });
    const { type, value, name } = holder;
    const message = `The ${type} ${value} already belongs to the ${kind} “${name}” (${holder.id})`;
    throw new DomainError('identifier_taken', { message, cause: error });
  }
}
