import type { z } from 'zod';

/** For lists whose items have names: a name that comes twice would silently lose one of the two. */
export function uniqueNames(items: readonly { readonly name: string }[], context: z.RefinementCtx): void {
  const seen = new Set<string>();
  for (const [index, { name }] of items.entries()) {
    if (seen.has(name))
      context.addIssue({ code: 'custom', path: [index, 'name'], message: `${name.slice(0, 100)} is given twice` });
    seen.add(name);
  }
}
