import type * as Yaml from 'yaml';

export interface YamlLimits {
  readonly aliases: number;
  /** Bytes of JSON. */
  readonly json: number;
}

/** `json`: the JSON text that the document stands for. `problem`: why it cannot be used. */
export type YamlReading = { readonly json: string } | { readonly problem: string };

/**
 * Reads one YAML 1.2 document. It runs in a thread of its own, to which its text is sent: it must use nothing but what it is given.
 * The parser's own search for keys that are given twice takes quadratic time; this one is linear.
 */
export function readYaml(yaml: typeof Yaml, text: string, limits: YamlLimits): YamlReading {
  try {
    const lines = new yaml.LineCounter();
    const options = { prettyErrors: false, version: '1.2', schema: 'core', uniqueKeys: false } as const;
    const document = yaml.parseDocument(text, { ...options, lineCounter: lines });
    const [error] = document.errors;
    if (error) {
      const why = (error.message.split('\n', 1)[0] ?? '').slice(0, 200);
      return { problem: `${why} (line ${lines.linePos(error.pos[0]).line})` };
    }
    let aliases = 0;
    let problem = '';
    const placeOf = (node: unknown) => {
      const { range } = node as { range?: readonly number[] | null };
      return ` (line ${lines.linePos(range?.[0] ?? 0).line})`;
    };
    yaml.visit(document, {
      Alias(_key, node) {
        if (++aliases <= limits.aliases) return undefined;
        problem = `it has more than ${limits.aliases} aliases${placeOf(node)}`;
        return yaml.visit.BREAK;
      },
      Map(_key, node) {
        const seen = new Set<string>();
        for (const { key } of node.items) {
          if (!yaml.isScalar(key)) {
            problem = `keys must be plain texts${placeOf(node)}`;
            return yaml.visit.BREAK;
          }
          const name = String((key as Yaml.Scalar<string | number | boolean | null>).value ?? '');
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
    return json.length > limits.json ? { problem: `it stands for more than ${limits.json} bytes of JSON` } : { json };
  } catch (error) {
    return { problem: (error as Error).message.slice(0, 200) };
  }
}
