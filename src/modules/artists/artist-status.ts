export const ARTIST_STATUSES = ['active', 'inactive'] as const;
export type ArtistStatus = (typeof ARTIST_STATUSES)[number];
