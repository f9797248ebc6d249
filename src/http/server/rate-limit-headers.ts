import type { RateLimitStanding } from '../../common/request-context.js';

/** draft-ietf-httpapi-ratelimit-headers-10: the quota and its window in seconds, and what is left for how many seconds. */
export function rateLimitHeaders({
  name,
  points,
  durationSeconds,
  remaining,
  resetSeconds,
}: RateLimitStanding): Record<string, string> {
  return {
    'ratelimit-policy': `"${name}";q=${points};w=${durationSeconds}`,
    ratelimit: `"${name}";r=${remaining};t=${resetSeconds}`,
  };
}
