/** The query parameters of a route, as the OpenAPI document describes them. */
export interface DeclaredQuery {
  readonly names: readonly string[];
  /** Lists of labels: a percent-encoded comma is part of a label, and never separates two. */
  readonly labels: readonly string[];
  /** A comma before a known name with a plain `=` separates parameters, as `&` does: the contract's examples use it. */
  readonly commas: RegExp | null;
}

interface DocumentedParameter {
  readonly in?: string;
  readonly name?: string;
  readonly schema?: unknown;
}

/** Marks the schema of a list of labels. */
export const labelListFormat = 'labels';

export function declareQuery(parameters: readonly DocumentedParameter[]): DeclaredQuery {
  const inQuery = parameters.filter(({ in: place }) => place === 'query');
  const names = inQuery.flatMap(({ name }) => name ?? []);
  const labels = inQuery.filter(isLabelList).flatMap(({ name }) => name ?? []);
  const alternatives = names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('|');
  return { names, labels, commas: names.length > 0 ? new RegExp(`,(?=(?:${alternatives})=)`, 'g') : null };
}

function isLabelList({ schema }: DocumentedParameter): boolean {
  return typeof schema === 'object' && schema !== null && 'format' in schema && schema.format === labelListFormat;
}
