import { ApiProperty } from '@nestjs/swagger';
import type { Page } from '../../common/page.js';
import type { Artist } from '../../modules/artists/artist.entity.js';
import type { SongWithArtist } from '../../modules/artists/songs.service.js';
import type { IssuedAccessToken } from '../../modules/auth/tokens/access-tokens.service.js';

export class FeedTokenView {
  @ApiProperty({
    description: 'Send it as `authorization` together with the same `x-api-key`; without that key it is worth nothing.',
    example: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTkzNWM2ZSJ9.c2lnbmF0dXJl',
  })
  access_token!: string;

  @ApiProperty({ type: 'integer', description: 'Seconds until it expires.', example: 86400 })
  expires_in!: number;
}

export class FeedArtistView {
  @ApiProperty({ format: 'uuid', example: '01935c70-2b1c-7e45-8a9d-0f1e2d3c4b5a' })
  id!: string;

  @ApiProperty({ example: 'The Midnight Collective' })
  artist_name!: string;
}

export class FeedArtistsView {
  @ApiProperty({ type: () => FeedArtistView, isArray: true })
  results!: FeedArtistView[];

  @ApiProperty({ type: 'integer', description: 'The first one, counted from 0.', example: 0 })
  from!: number;

  @ApiProperty({ type: 'integer', description: 'How many were asked for.', example: 10 })
  size!: number;

  @ApiProperty({ type: 'integer', description: 'How many there are in all.', example: 1 })
  total_results!: number;
}

export class FeedSongArtistView {
  @ApiProperty({ format: 'uuid', example: '01935c70-2b1c-7e45-8a9d-0f1e2d3c4b5a' })
  id!: string;

  @ApiProperty({ example: 'The Midnight Collective' })
  name!: string;
}

export class FeedSongView {
  @ApiProperty({ format: 'uuid', example: '01935c72-4d5e-7f60-9b8a-7c6d5e4f3a2b' })
  id!: string;

  @ApiProperty({ type: String, nullable: true, example: 'USRC12345678' })
  isrc!: string | null;

  @ApiProperty({ example: 'City Lights' })
  title!: string;

  @ApiProperty({ example: 'The Midnight Collective' })
  display_artist_name!: string;

  @ApiProperty({ type: () => FeedSongArtistView, isArray: true })
  artists!: FeedSongArtistView[];

  @ApiProperty({ type: String, format: 'date', nullable: true, example: '2024-02-29' })
  release_date!: string | null;

  @ApiProperty({ type: 'number', nullable: true, description: 'Seconds.', example: 215 })
  duration!: number | null;
}

export function presentFeedToken({ accessToken, expiresInSeconds }: IssuedAccessToken): FeedTokenView {
  return { access_token: accessToken, expires_in: expiresInSeconds };
}

export function presentFeedArtist({ id, name }: Artist): FeedArtistView {
  return { id, artist_name: name };
}

export function presentFeedArtists({ items, offset, size, totalCount }: Page<Artist>): FeedArtistsView {
  return { results: items.map(presentFeedArtist), from: offset ?? 0, size, total_results: totalCount ?? 0 };
}

export function presentFeedSong({ id, isrc, title, artist, releaseDate, durationMs }: SongWithArtist): FeedSongView {
  return {
    id,
    isrc,
    title,
    display_artist_name: artist.name,
    artists: [{ id: artist.id, name: artist.name }],
    release_date: releaseDate,
    duration: durationMs === null ? null : durationMs / 1000,
  };
}
