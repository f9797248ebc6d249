import { randomInt } from 'node:crypto';

const group = (): string => randomInt(0x1000, 0x10000).toString(16);

/** An IPv6 network (/64) that no other test uses, up to its last groups, as the server writes it. */
export const freshNetwork = (): string => `2001:db8:${group()}:${group()}`;

/** An address in such a network. */
export const freshAddress = (): string => `${freshNetwork()}::1`;
