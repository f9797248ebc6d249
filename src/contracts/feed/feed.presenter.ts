import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { Identifier } from '../../common/identifier.js';
import type { Page } from '../../common/page.js';
import { ARTIST_ID, SONG_ID } from '../../http/docs/example-values.js';
import { AccessTokenProperty, ExpiresInProperty, IdProperty } from '../../http/docs/properties.js';
import type { Artist } from '../../modules/artists/artist.entity.js';
import type { SongWithArtist } from '../../modules/artists/songs.service.js';
import type { FeedDetailsQuery, FeedMetricsQuery } from './feed.dto.js';
import type { IssuedAccessToken } from '../../modules/tokens/access-token-issuer.js';

export class FeedTokenView {
  @AccessTokenProperty('Send it as `authorization` with the same `x-api-key`; it is refused without that key.')
  access_token!: string;

  @ExpiresInProperty(86_400)
  expires_in!: number;
}

/** What a query adds to an artist or song. */
class FeedDetailsView {
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'array', items: { type: 'string' } },
    description: 'With `external_ids=true`: the identifiers by type.',
    example: { isni: ['0000000078387189'] },
  })
  external_ids?: Record<string, string[]>;

  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'object' },
    description: 'Where figures were asked for: always empty.',
    example: [],
  })
  metrics?: never[];
}

export class FeedArtistView extends FeedDetailsView {
  @IdProperty(ARTIST_ID)
  id!: string;

  @ApiProperty({ example: 'The Midnight Collective' })
  artist_name!: string;

  @ApiProperty({
    type: String,
    required: false,
    nullable: true,
    description: 'With `metadata_level=max`: the first ISNI.',
    example: '0000000078387189',
  })
  isni?: string | null;

  @ApiProperty({
    type: String,
    isArray: true,
    required: false,
    description: 'With `metadata_level=max`: other names.',
    example: ['TMC'],
  })
  alternate_names?: readonly string[];
}

export class FeedArtistsView {
  @ApiProperty({ type: () => FeedArtistView, isArray: true })
  results!: FeedArtistView[];

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'The index of the first item, from 0; null where a cursor was given.',
    example: 0,
  })
  from!: number | null;

  @ApiProperty({ type: 'integer', description: 'The number of items that were requested.', example: 10 })
  size!: number;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'The number of items in all; null where a cursor was given.',
    example: 1,
  })
  total_results!: number | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Send it as `cursor` to get the items that follow; null at the end.',
    example: null,
  })
  next_cursor!: string | null;
}

export class FeedSongArtistView {
  @IdProperty(ARTIST_ID)
  id!: string;

  @ApiProperty({ example: 'The Midnight Collective' })
  name!: string;
}

export class FeedIdentifierView {
  @ApiProperty({ example: 'spotify' })
  type!: string;

  @ApiProperty({ example: '3WrFJ7ztbogyGnTHbHJFl2' })
  value!: string;
}

export class FeedSongView extends FeedDetailsView {
  @IdProperty(SONG_ID)
  id!: string;

  @ApiProperty({ type: String, nullable: true, example: 'USRC12345678' })
  isrc!: string | null;

  @ApiProperty({ example: 'City Lights' })
  title!: string;

  @ApiProperty({ example: 'The Midnight Collective' })
  display_artist_name!: string;

  @ApiProperty({ type: () => FeedSongArtistView, isArray: true })
  artists!: FeedSongArtistView[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'A year, a month or a day.',
    example: '2024-02-29',
  })
  release_date!: string | null;

  @ApiProperty({ type: 'number', nullable: true, description: 'Seconds.', example: 215 })
  duration!: number | null;

  @ApiProperty({
    type: () => FeedIdentifierView,
    isArray: true,
    required: false,
    description: 'With `metadata_level=max`: ids in other registers.',
  })
  identifiers?: readonly FeedIdentifierView[];
}

export function presentFeedToken({ accessToken, expiresInSeconds }: IssuedAccessToken): FeedTokenView {
  return { access_token: accessToken, expires_in: expiresInSeconds };
}

export function presentFeedArtist(artist: Artist, query: FeedMetricsQuery): FeedArtistView {
  const { id, name, aliases, identifiers } = artist;
  const isni = identifiers.find(({ type }) => type === 'isni')?.value ?? null;
  return {
    id,
    artist_name: name,
    ...(query.metadata_level === 'max' && { isni, alternate_names: aliases }),
    ...presentDetails(identifiers, query),
  };
}

export function presentFeedArtists(page: Page<Artist>, query: FeedDetailsQuery): FeedArtistsView {
  const { items, offset, size, totalCount, nextCursor } = page;
  const results = items.map((artist) => presentFeedArtist(artist, query));
  return { results, from: offset, size, total_results: totalCount, next_cursor: nextCursor };
}

export function presentFeedSong(song: SongWithArtist, query: FeedMetricsQuery): FeedSongView {
  const { id, isrc, title, displayArtist, artist, identifiers, releaseDate, durationMs } = song;
  const isrcs = isrc === null ? [] : [{ type: 'isrc', value: isrc }];
  return {
    id,
    isrc,
    title,
    display_artist_name: displayArtist ?? artist.name,
    artists: [{ id: artist.id, name: artist.name }],
    release_date: releaseDate,
    duration: durationMs === null ? null : durationMs / 1000,
    ...(query.metadata_level === 'max' && { identifiers: identifiers.map(({ type, value }) => ({ type, value })) }),
    ...presentDetails([...isrcs, ...identifiers], query),
  };
}

function presentDetails(identifiers: readonly Identifier[], query: FeedMetricsQuery): FeedDetailsView {
  const { external_ids, metrics, atd, location, start_date, end_date } = query;
  const asksForFigures = [metrics, atd, location, start_date, end_date].some((value) => value !== undefined);
  return {
    ...(external_ids === 'true' && { external_ids: valuesByType(identifiers) }),
    ...(asksForFigures && { metrics: [] }),
  };
}

function valuesByType(identifiers: readonly Identifier[]): Record<string, string[]> {
  const byType = new Map<string, string[]>();
  for (const { type, value } of identifiers) byType.set(type, [...(byType.get(type) ?? []), value]);
  return Object.fromEntries(byType);
}
