import type * as Yaml from 'yaml';

export interface YamlLimits {
  readonly aliases: number;
  /** The most levels of nested lists and maps. */
  readonly levels: number;
  /** Bytes of JSON. */
  readonly json: number;
}

/** `json`: the document as JSON text. `problem`: why it cannot be used. */
export type YamlReading = { readonly json: string } | { readonly problem: string };

/**
 * Reads one YAML 1.2 document; `<<` merges, as in 1.1. If JSON would spell a number differently, it stays text, as
 * written: `01234`, `1.10`, `0x1F`, `.inf`, and integers beyond the exact range. This function runs in a separate
 * thread, which receives its source text: it must use only its arguments. The parser's own search for duplicate keys
 * takes quadratic time; this one is linear.
 */
export function readYaml(yaml: typeof Yaml, text: string, limits: YamlLimits): YamlReading {
  /** The parser is recursive, and reports too deep a document with the engine's message. */
  const whyOf = ({ message }: { readonly message: string }) =>
    message.includes('call stack')
      ? `it is nested more than ${limits.levels} levels deep`
      : (message.split('\n', 1)[0] ?? '').slice(0, 200);
  try {
    const lines = new yaml.LineCounter();
    const options = { prettyErrors: false, version: '1.2', schema: 'core', uniqueKeys: false, merge: true } as const;
    const all = yaml.parseAllDocuments(text, { ...options, lineCounter: lines }) as readonly Yaml.Document.Parsed[];
    const lineOf = (offset: number) => lines.linePos(offset).line;
    for (const [index, { errors, warnings }] of all.entries()) {
      // The parser only warns about an unknown tag, and would drop it.
      const [error] = [...errors, ...warnings];
      if (!error) continue;
      const why = whyOf(error);
      const which = all.length > 1 ? `, in document ${index + 1} of ${all.length}` : '';
      return { problem: `${why} (line ${lineOf(error.pos[0])}${which})` };
    }
    // A separator before the first or after the last document adds no document.
    const documents = all.filter(({ contents }) => contents && !(yaml.isScalar(contents) && contents.source === ''));
    const [document, second] = documents;
    if (!document) return { json: 'null' };
    if (second) {
      const line = lineOf(second.contents?.range[0] ?? 0);
      return {
        problem: `it holds ${documents.length} documents, but only one is allowed: send document 2, which begins in line ${line}, and the rest separately`,
      };
    }
    let aliases = 0;
    let problem = '';
    const placeOf = (node: unknown) => {
      const { range } = node as { range?: readonly number[] | null };
      return ` (line ${lineOf(range?.[0] ?? 0)})`;
    };
    const isPlain = (node: Yaml.YAMLMap | Yaml.YAMLSeq) => {
      if (node.tag === undefined || /^tag:yaml\.org,2002:(?:map|seq)$/.test(node.tag)) return true;
      problem = `values tagged ${node.tag} have no form in JSON${placeOf(node)}`;
      return false;
    };
    const isSpelled = (value: number, source: string | undefined) =>
      source === String(value) || source === String(value).replace(/^(-?\d+)e/, '$1.0e');
    const keyOf = ({ source, value }: Yaml.Scalar) => source ?? String(value);
    yaml.visit(document, {
      Alias(_key, node) {
        if (++aliases <= limits.aliases) return undefined;
        problem = `it has more than ${limits.aliases} aliases${placeOf(node)}`;
        return yaml.visit.BREAK;
      },
      Scalar(_key, node) {
        const { value, source, tag } = node;
        const isTagged = tag !== undefined;
        if (!isTagged && typeof value === 'number' && !isSpelled(value, source)) node.value = source;
        if (value === null || typeof value !== 'object') return undefined;
        problem = `values tagged ${isTagged ? tag : 'so'} have no form in JSON${placeOf(node)}`;
        return yaml.visit.BREAK;
      },
      Seq: (_key, node) => (isPlain(node) ? undefined : yaml.visit.BREAK),
      Map(_key, node) {
        if (!isPlain(node)) return yaml.visit.BREAK;
        const seen = new Set<string>();
        for (const { key } of node.items) {
          if (!yaml.isScalar(key)) {
            problem = `keys must be plain texts${placeOf(node)}`;
            return yaml.visit.BREAK;
          }
          const name = keyOf(key);
          if (seen.has(name)) {
            problem = `key ${JSON.stringify(name.slice(0, 60))} is given twice${placeOf(key)}`;
            return yaml.visit.BREAK;
          }
          seen.add(name);
        }
        return undefined;
      },
    });
    if (problem !== '') return { problem };
    const json = JSON.stringify(document.toJS({ maxAliasCount: limits.aliases }) ?? null);
    return json.length > limits.json ? { problem: `it expands to more than ${limits.json} bytes of JSON` } : { json };
  } catch (error) {
    return { problem: whyOf(error as Error) };
  }
}
