/** The methods of each path, to distinguish 405 from 404. */
export class KnownRoutes {
  private readonly routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];

  /** `url` in Fastify's form: `/team/:team/*`. Fastify adds HEAD to GET, except if the GET changes something. */
  add(methods: readonly string[], url: string): void {
    const source = url
      .replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
      .replace(/:\w+/g, '[^/]+')
      .replace(/\*/g, '.*');
    this.routes.push({ pattern: new RegExp(`^${source}/?$`), methods });
  }

  methodsOf(path: string): string[] {
    const found = this.routes.filter(({ pattern, methods }) => pattern.test(path) && !methods.includes('OPTIONS'));
    const all = new Set(found.flatMap(({ methods }) => methods));
    return all.size === 0 ? [] : [...all, 'OPTIONS'].sort();
  }
}
