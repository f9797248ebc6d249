import { ERRORS_PATH } from '../../http/docs/guide-path.js';
import type { Contract } from '../../http/output/contract.js';
import { FEED_EXAMPLES } from './feed.examples.js';
import { describeFeedErrors, FEED_ERROR_CODES, FEED_MEDIA_TYPE, presentFeedError } from './feed.errors.js';
import { FeedModule } from './feed.module.js';

/** A music data feed, which requires an API key and an access token on every call. */
export const FEED: Contract = {
  name: 'feed',
  namespace: 'Feed',
  title: 'Stagedoor data feed',
  description:
    'Log in with an API key and credentials to get an access token. Every data call carries both: the token in ' +
    '`authorization` (with or without `Bearer`) and the key in `x-api-key`. An error is ' +
    '`{"error": {"errors": [{"error_code", "error_type", "message"}], "code", "message"}}`. Each response lists its ' +
    `error codes; [Errors](${ERRORS_PATH}) says what each one means and what to do.`,
  tags: {
    Authentication: 'Get an access token for an API key and credentials.',
    Data: 'Artists and songs. Every call carries the key and the token.',
  },
  prefix: '',
  paths: ['/auth', '/artists', '/songs'],
  module: FeedModule,
  formPaths: ['/auth'],
  mediaTypes: [FEED_MEDIA_TYPE],
  examples: FEED_EXAMPLES,
  presentError: presentFeedError,
  describeErrors: describeFeedErrors,
  errorField: 'error.errors[0].error_code',
  errorWords: FEED_ERROR_CODES,
};
