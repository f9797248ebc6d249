/** What came back. `body` is parsed where it is JSON, else the text. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Tests look into answers of many shapes; each expectation names the shape it expects.
  readonly body: Json;
}

export type Json = { readonly [name: string]: Json } & readonly Json[] & string;

export interface CallOptions {
  readonly json?: unknown;
  readonly form?: Record<string, string>;
  readonly raw?: string | Buffer;
  readonly headers?: Record<string, string>;
}

/** Sees each answer before the test does; `path` is as it was sent, with its query. */
export type AnswerObserver = (method: string, path: string, answer: HttpAnswer) => Promise<void>;

/** Sends requests as a client would: by `fetch`, to a listening server. */
export class HttpClient {
  constructor(
    readonly baseUrl: string,
    private readonly observe?: AnswerObserver,
  ) {}

  async call(method: string, path: string, { json, form, raw, headers = {} }: CallOptions = {}): Promise<HttpAnswer> {
    const sent: Record<string, string> = { ...headers };
    let payload: string | Buffer | undefined = raw;
    if (json !== undefined) {
      sent['content-type'] ??= 'application/json';
      payload = JSON.stringify(json);
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
    const isJson = text !== '' && (response.headers.get('content-type') ?? '').includes('json');
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
