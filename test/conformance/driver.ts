import type { ErrorCode } from '../../src/common/error-codes.js';
import type { CallOptions, HttpAnswer, HttpClient } from '../support/http-client.js';
import type { Person } from '../support/people.js';

/** A user with everything that any contract requires at a login. */
export interface Customer extends Person {
  readonly apiKey: string;
}

/** A login or refresh, independent of the contract. */
export interface Opened {
  readonly token: string;
  /** Absent where the contract issues none. */
  readonly refreshToken?: string;
  readonly expiresInSeconds: number;
}

export interface ListedKey {
  readonly keyId: string;
  readonly name: string;
  readonly lastUsed: string | null;
}

/** The errors that the behaviours expect, and their status in every contract. */
export const REFUSALS = {
  invalid_request: 400,
  malformed_json: 400,
  authentication_required: 401,
  invalid_token: 401,
  invalid_api_key: 401,
  invalid_credentials: 401,
  invalid_refresh_token: 401,
  second_factor_required: 401,
  email_not_verified: 403,
  second_factor_setup_required: 403,
  reauthentication_required: 403,
  sign_up_closed: 403,
  route_not_found: 404,
  api_key_not_found: 404,
  unsupported_media_type: 415,
  rate_limited: 429,
  service_unavailable: 503,
} as const satisfies Partial<Record<ErrorCode, number>>;

export type Refusal = keyof typeof REFUSALS;

/** Translates between the behaviours and one contract: what to send, and what a response means. */
export interface Driver {
  readonly contract: string;
  /** A path of this contract without a route. */
  readonly unknownPath: string;
  /** The error for a user who is locked out. */
  readonly ofTheInactive: { readonly login: Refusal; readonly token: Refusal };

  /** A login with any body. */
  sendLogin(http: HttpClient, customer: Customer, call: CallOptions): Promise<HttpAnswer>;
  loginBody(customer: Customer, password: string): Record<string, string>;
  /** The body of a login to an account that does not exist. */
  strangerBody(password: string): Record<string, string>;
  /** Checks that a login has its contract's fields and no others. */
  readLogin(answer: HttpAnswer, customer: Customer): Opened;

  /** A call that requires a login. Without a token: with everything else that it requires. */
  callGuarded(http: HttpClient, customer: Customer, token?: string): Promise<HttpAnswer>;

  /** A login takes the code of a second factor, as `code`. */
  readonly takesCode?: true;
  readonly signUp?: (http: HttpClient) => Promise<HttpAnswer>;
  /** A call that is closed to a limited session. */
  readonly callUnlimited?: (http: HttpClient, customer: Customer, token: string) => Promise<HttpAnswer>;
  /** A call that requires a recent login. */
  readonly callRecent?: (http: HttpClient, token: string) => Promise<HttpAnswer>;

  readonly refresh?: {
    send(http: HttpClient, refreshToken: string): Promise<HttpAnswer>;
    read(answer: HttpAnswer): Opened;
  };
  readonly logout?: {
    send(http: HttpClient, token: string): Promise<HttpAnswer>;
    /** Checks the response to a logout. */
    check(answer: HttpAnswer): void;
  };
  readonly keys?: {
    make(http: HttpClient, token: string, name: string): Promise<HttpAnswer>;
    list(http: HttpClient, token: string): Promise<HttpAnswer>;
    delete(http: HttpClient, token: string, keyId: string): Promise<HttpAnswer>;
    readMade(answer: HttpAnswer): { readonly keyId: string; readonly apiKey: string; readonly name: string };
    readList(answer: HttpAnswer): readonly ListedKey[];
  };

  /** Checks that this is the error, in the contract's own shape and words. */
  expectRefusal(answer: HttpAnswer, refusal: Refusal): void;
}
