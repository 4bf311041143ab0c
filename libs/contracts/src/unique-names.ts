import type { z } from 'zod';

/** For lists with named items: if a name comes twice, one of the two would be lost without notice. */
export function uniqueNames(items: readonly { readonly name: string }[], context: z.RefinementCtx): void {
  const seen = new Set<string>();
  for (const [index, { name }] of items.entries()) {
    if (seen.has(name))
      context.addIssue({ code: 'custom', path: [index, 'name'], message: `${name.slice(0, 100)} is given twice` });
    seen.add(name);
  }
}
