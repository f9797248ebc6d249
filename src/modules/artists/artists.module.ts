import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ArtistIdentifier } from './artist-identifier.entity.js';
import { Artist } from './artist.entity.js';
import { ArtistMergeService } from './artist-merge.service.js';
import { ArtistsService } from './artists.service.js';
import { LookUps } from './look-ups.js';
import { MergedArtist } from './merged-artist.entity.js';
import { SongIdentifier } from './song-identifier.entity.js';
import { Song } from './song.entity.js';
import { SongsService } from './songs.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Artist, ArtistIdentifier, MergedArtist, Song, SongIdentifier])],
  providers: [ArtistsService, ArtistMergeService, LookUps, SongsService],
  exports: [ArtistsService, ArtistMergeService, SongsService],
})
export class ArtistsModule {}
