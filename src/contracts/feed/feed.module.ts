import { Module } from '@nestjs/common';
import { ArtistsModule } from '../../modules/artists/artists.module.js';
import { AuthModule } from '../../modules/auth/auth.module.js';
import type { Contract } from '../contract.js';
import { FeedAuthController } from './feed-auth.controller.js';
import { FeedDataController } from './feed-data.controller.js';
import { describeFeedCodes, FEED_MEDIA_TYPE, presentFeedError } from './feed.contract.js';

@Module({ imports: [AuthModule, ArtistsModule], controllers: [FeedAuthController, FeedDataController] })
export class FeedModule {}

/** A music data feed: an API key and a token on every call. */
export const FEED: Contract = {
  name: 'feed',
  title: 'Stagedoor data feed',
  description:
    'An API key and credentials bring a token; every data call carries both, the token in `authorization` (with or ' +
    'without `Bearer`) and the key in `x-api-key`. Refusals are `{"error": {"errors": [{"error_code", "error_type", ' +
    `"message"}], "code", "message"}}\`. The error codes: ${describeFeedCodes()}.`,
  tags: {
    Authentication: 'An API key and credentials for a token.',
    Data: 'Artists and songs; every call carries the key and the token.',
  },
  prefix: '',
  paths: ['/auth', '/artists', '/songs'],
  module: FeedModule,
  formPaths: ['/auth'],
  mediaTypes: [FEED_MEDIA_TYPE],
  presentError: presentFeedError,
};
