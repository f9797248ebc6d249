import { Module } from '@nestjs/common';
import { ArtistsModule } from '../../modules/artists/artists.module.js';
import { AuthModule } from '../../modules/auth/auth.module.js';
import { ArtistsController } from './artists.controller.js';
import { AuthController } from './auth.controller.js';
import { SongsController } from './songs.controller.js';

@Module({ imports: [AuthModule, ArtistsModule], controllers: [AuthController, ArtistsController, SongsController] })
export class FeedModule {}
