/**
 * The `aud` claim of an access token. Tokens that give less than the full rights of their user have an audience of their
 * own, so that a service that checks `aud` accepts only full ones.
 */
export function audienceOf(tokenAudience: string, { key, limit }: { key?: string; limit?: string }): string {
  if (key !== undefined) return `${tokenAudience}#key-bound`;
  return limit === undefined ? tokenAudience : `${tokenAudience}#limited`;
}

/** Every audience that Stagedoor itself accepts. */
export function acceptedAudiences(tokenAudience: string): string[] {
  return [tokenAudience, `${tokenAudience}#key-bound`, `${tokenAudience}#limited`];
}
