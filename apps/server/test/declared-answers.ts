import type { OpenAPIObject } from '@nestjs/swagger';

interface DeclaredRoute {
  readonly pattern: RegExp;
  readonly params: number;
  readonly statuses: ReadonlyMap<string, readonly string[]>;
}

/** Checks the status of every answer in a test against the OpenAPI document, which must declare each. */
export class DeclaredAnswers {
  private readonly routes: readonly DeclaredRoute[];

  constructor({ paths }: OpenAPIObject) {
    const routes = Object.entries(paths).map(([path, item]) => ({
      pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}/?$`),
      params: path.split('{').length,
      statuses: new Map(
        Object.entries(item as Record<string, { responses: object }>).map(([method, { responses }]) => [
          method.toUpperCase(),
          Object.keys(responses),
        ]),
      ),
    }));
    // If two match, the one with fewer parameters is served.
    this.routes = routes.sort((a, b) => a.params - b.params);
  }

  /**
   * @throws Error if the document does not declare that status. A route that is not in the document may answer
   * anything.
   */
  check(method: string, url: string, status: number): void {
    const { pathname: path } = new URL(url, 'http://server');
    const route = this.routes.find(({ pattern }) => pattern.test(path));
    const statuses = route?.statuses.get(method === 'HEAD' ? 'GET' : method);
    if (!statuses || statuses.includes(String(status)) || untold.has(status)) return;
    throw new Error(`${method} ${path} has answered ${status}, and the OpenAPI document has ${statuses.join(', ')}`);
  }
}

/** A HEAD of a GET that changes something, and a path that is too long: no generated client sends these. */
const untold: ReadonlySet<number> = new Set([405, 414]);
