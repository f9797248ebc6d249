import type { IncomingHttpHeaders } from 'node:http';

/** Whether the headers of a request announce a body (RFC 9112, section 6.3). One in chunks may turn out to be empty. */
export function declaresBody(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
