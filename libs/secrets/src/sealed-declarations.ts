import { isSealed, type SecretBox } from './secret-box';
import { mask } from './mask';

/** The parts of a declared param that may hold a secret. */
interface Declared {
  readonly name: string;
  readonly type?: string | null | undefined;
  readonly default?: unknown;
  readonly value?: unknown;
}

const fields = ['default', 'value'] as const;

/**
 * The declared params with sealed passwords. A password that comes back as shown, without its value, keeps the value
 * from `before`: reading a definition and saving it again loses nothing.
 */
export function sealedDeclarations<Param extends Declared>(
  params: readonly Param[],
  before: readonly Declared[],
  box: SecretBox,
): Param[] {
  return params.map((param) => {
    if (param.type !== 'password') return param;
    const known = before.find(({ name, type }) => name === param.name && type === 'password');
    const sealed = fields.flatMap((field) => {
      const value = param[field];
      const isShown = value === undefined || value === null || value === mask;
      if (isShown) return isSealed(known?.[field]) ? [[field, known?.[field]] as const] : [];
      return [[field, typeof value === 'string' && value !== '' ? box.seal(value) : value] as const];
    });
    const others = Object.entries(param).filter(([field]) => field !== 'default' && field !== 'value');
    return Object.fromEntries([...others, ...sealed]) as Param;
  });
}

/** The declared params as answers show them: without the values of passwords. */
export function shownDeclarations<Param extends Declared>(params: readonly Param[]): Param[] {
  return params.map((param) => (param.type === 'password' ? { ...param, default: null, value: null } : param));
}
