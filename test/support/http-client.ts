/** A response. `body` is the parsed JSON, or the text where it is not JSON. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Each expectation states the shape it expects.
  readonly body: Json;
}

export type Json = { readonly [name: string]: Json } & readonly Json[] & string;

export interface CallOptions {
  readonly json?: unknown;
  /** One line of NDJSON; `raw` and a header send more. */
  readonly ndjson?: unknown;
  readonly form?: Record<string, string>;
  readonly raw?: string | Buffer;
  readonly headers?: Record<string, string>;
}

/** Called with each response before the test gets it; `path` includes the query. */
export type AnswerObserver = (method: string, path: string, answer: HttpAnswer) => Promise<void>;

/** Sends requests to a listening server by `fetch`. */
export class HttpClient {
  constructor(
    readonly baseUrl: string,
    private readonly observe?: AnswerObserver,
  ) {}

  async call(
    method: string,
    path: string,
    { json, ndjson, form, raw, headers = {} }: CallOptions = {},
  ): Promise<HttpAnswer> {
    const sent: Record<string, string> = { ...headers };
    let payload: string | Buffer | undefined = raw;
    if (json !== undefined) {
      sent['content-type'] ??= 'application/json';
      payload = JSON.stringify(json);
    } else if (ndjson !== undefined) {
      sent['content-type'] ??= 'application/x-ndjson';
      payload = `${JSON.stringify(ndjson)}\n`;
    } else if (form) {
      sent['content-type'] ??= 'application/x-www-form-urlencoded';
      payload = new URLSearchParams(form).toString();
    }
    const response = await fetch(this.baseUrl + path, {
      method,
      headers: sent,
      redirect: 'manual',
      ...(payload !== undefined && { body: payload }),
    });
    const text = await response.text();
    const isJson = text !== '' && /\bjson\b/.test(response.headers.get('content-type') ?? '');
    const answer: HttpAnswer = {
      status: response.status,
      headers: response.headers,
      text,
      body: (isJson ? JSON.parse(text) : text) as Json,
    };
    await this.observe?.(method, path, answer);
    return answer;
  }

  get(path: string, options?: CallOptions): Promise<HttpAnswer> {
    return this.call('GET', path, options);
  }
  post(path: string, options?: CallOptions): Promise<HttpAnswer> {
    return this.call('POST', path, options);
  }
  patch(path: string, options?: CallOptions): Promise<HttpAnswer> {
    return this.call('PATCH', path, options);
  }
  delete(path: string, options?: CallOptions): Promise<HttpAnswer> {
    return this.call('DELETE', path, options);
  }
}

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
export const apiKey = (key: string): Record<string, string> => ({ 'x-api-key': key });
