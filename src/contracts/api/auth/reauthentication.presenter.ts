import { TimeProperty } from '../../../http/docs/properties.js';

export class RecentLoginView {
  @TimeProperty({ description: 'Until when operations that require a recent login are allowed.' })
  recentUntil!: string;
}

export function presentRecentLogin(recentUntil: Date): RecentLoginView {
  return { recentUntil: recentUntil.toISOString() };
}
