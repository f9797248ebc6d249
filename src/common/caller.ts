/** Where a request comes from, for the decisions that depend on it. */
export interface Caller {
  /** In canonical form; see `clientIp`. */
  readonly ip: string;
  /** What rate limits and sessions know of the address; see `networkOf`. */
  readonly network: string;
  /** The `User-Agent` header, unchanged. */
  readonly userAgent: string | undefined;
  /** Whether the client has closed the connection, so that no response can reach it. */
  isDisconnected(): boolean;
}
