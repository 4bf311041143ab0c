/** The public API, as a program of somebody else would call it. */
export class DemoApi {
  constructor(
    readonly url: string,
    private readonly token: string,
  ) {}

  as(token: string): DemoApi {
    return new DemoApi(this.url, token);
  }

  async send<Body>(method: string, path: string, body?: unknown, reason?: string): Promise<Body> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        Authorization: `Bearer ${this.token}`,
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(reason !== undefined && { 'X-Reason': encodeURIComponent(reason) }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    return (await response.json()) as Body;
  }
}
