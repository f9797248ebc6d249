import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Artist } from './artist.entity.js';
import { ArtistsService } from './artists.service.js';
import { Song } from './song.entity.js';
import { SongsService } from './songs.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Artist, Song])],
  providers: [ArtistsService, SongsService],
  exports: [ArtistsService, SongsService],
})
export class ArtistsModule {}
