import { RouteConfig } from '@nestjs/platform-fastify';

const metadataKey = '__fastify_route_config__';

/**
 * Adds to the `config` of a method's Fastify route; `RouteConfig` itself would replace what another decorator has set.
 */
export function addRouteConfig(config: Readonly<Record<string, unknown>>): MethodDecorator {
  return (target, key, descriptor) => {
    const method = descriptor.value as object;
    const known = Reflect.getMetadata(metadataKey, method) as Readonly<Record<string, unknown>> | undefined;
    RouteConfig({ ...known, ...config })(target, key, descriptor);
  };
}

/** The answers of a route keep sealed values: they hold texts exactly as they were hashed. */
export function KeepsSealed(): MethodDecorator {
  return addRouteConfig({ keepsSealed: true });
}
