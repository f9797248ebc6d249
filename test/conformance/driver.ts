import type { ErrorCode } from '../../src/common/error-codes.js';
import type { CallOptions, HttpAnswer, HttpClient } from '../support/http-client.js';
import type { Person } from '../support/people.js';

/** Somebody with all that any of the contracts asks for at a login. */
export interface Customer extends Person {
  readonly apiKey: string;
}

/** A login, or a renewed one, in nobody's dialect. */
export interface Opened {
  readonly token: string;
  /** Absent where the contract hands out none. */
  readonly refreshToken?: string;
  readonly expiresInSeconds: number;
}

export interface ListedKey {
  readonly keyId: string;
  readonly name: string;
  readonly lastUsed: string | null;
}

/** The refusals that behaviours speak of, and the status that every contract gives them. */
export const REFUSALS = {
  invalid_request: 400,
  malformed_json: 400,
  authentication_required: 401,
  invalid_token: 401,
  invalid_api_key: 401,
  invalid_credentials: 401,
  invalid_refresh_token: 401,
  route_not_found: 404,
  api_key_not_found: 404,
  unsupported_media_type: 415,
  rate_limited: 429,
  service_unavailable: 503,
} as const satisfies Partial<Record<ErrorCode, number>>;

export type Refusal = keyof typeof REFUSALS;

/** Speaks one contract for the behaviours, which know none: what to send, and what an answer says. */
export interface Driver {
  readonly contract: string;
  /** A path of this contract that leads nowhere. */
  readonly unknownPath: string;
  /** What is said to somebody who may not come in any more. */
  readonly ofTheInactive: { readonly login: Refusal; readonly token: Refusal };

  /** A login with any body. */
  sendLogin(http: HttpClient, customer: Customer, call: CallOptions): Promise<HttpAnswer>;
  loginBody(customer: Customer, password: string): Record<string, string>;
  /** The body of a login to an account that nobody has. */
  strangerBody(password: string): Record<string, string>;
  /** Checks that a login has its contract's fields and no others. */
  readLogin(answer: HttpAnswer, customer: Customer): Opened;

  /** A call that needs a login; no token: everything else that it needs. */
  callGuarded(http: HttpClient, customer: Customer, token?: string): Promise<HttpAnswer>;

  readonly refresh?: {
    send(http: HttpClient, refreshToken: string): Promise<HttpAnswer>;
    read(answer: HttpAnswer): Opened;
  };
  readonly logout?: {
    send(http: HttpClient, token: string): Promise<HttpAnswer>;
    /** Checks the answer to a logout. */
    check(answer: HttpAnswer): void;
  };
  readonly keys?: {
    make(http: HttpClient, token: string, name: string): Promise<HttpAnswer>;
    list(http: HttpClient, token: string): Promise<HttpAnswer>;
    delete(http: HttpClient, token: string, keyId: string): Promise<HttpAnswer>;
    readMade(answer: HttpAnswer): { readonly keyId: string; readonly apiKey: string; readonly name: string };
    readList(answer: HttpAnswer): readonly ListedKey[];
  };

  /** Checks that this is the refusal, in the contract's own shape and words. */
  expectRefusal(answer: HttpAnswer, refusal: Refusal): void;
}
