/** Which methods a path has, so that 405 can be told from 404. */
export class KnownRoutes {
  private readonly routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];

  /** `url` as Fastify writes it: `/team/:team/*`. HEAD comes with GET by itself, except where a GET acts. */
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
