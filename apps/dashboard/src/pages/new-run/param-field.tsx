import type { WorkflowParamDefinition } from '#libs/contracts';

/** What the user has entered: texts, and true or false. */
export type Entered = string | boolean;

export function firstValue({ type, default: given }: WorkflowParamDefinition): Entered {
  if (type === 'boolean') return given === true || given === 'true';
  if (given === undefined || given === null) return '';
  return typeof given === 'string' ? given : JSON.stringify(given);
}

/** As the API takes it: structures as JSON, numbers as numbers. */
export function sentValue({ type }: WorkflowParamDefinition, entered: Entered): unknown {
  if (typeof entered === 'boolean' || entered === '') return entered;
  if (type === 'number') return Number.isFinite(Number(entered)) ? Number(entered) : entered;
  if (type !== 'array' && type !== 'object') return entered;
  try {
    return JSON.parse(entered) as unknown;
  } catch {
    return entered;
  }
}

interface ParamFieldProps {
  readonly param: WorkflowParamDefinition;
  readonly value: Entered;
  readonly onChange: (value: Entered) => void;
}

/** The field that fits the param's type. The server checks what is sent, and says what would be right. */
export function ParamField({ param, value, onChange }: ParamFieldProps) {
  const { name, label, type, description, helpertext, required, placeholder, options } = param;
  const isLong = type?.startsWith('text') === true && type !== 'text';
  const shared = {
    id: `param-${name}`,
    required: required === true,
    placeholder: placeholder ?? '',
    'aria-describedby': `help-${name}`,
  };
  const text = typeof value === 'string' ? value : '';
  return (
    <div className="field">
      <label htmlFor={shared.id}>
        {label ?? name} {required === true && <span className="soft">(required)</span>}
        {label !== undefined && label !== null && label !== name && <code className="soft"> {name}</code>}
      </label>
      {options && options.length > 0 ? (
        <select {...shared} value={text} onChange={(event) => onChange(event.target.value)}>
          {!options.some(({ key }) => key === text) && <option value={text}>{text}</option>}
          {options.map(({ key, value: shown }) => (
            <option key={key} value={key}>
              {shown ?? key}
            </option>
          ))}
        </select>
      ) : type === 'boolean' ? (
        <input
          id={shared.id}
          type="checkbox"
          style={{ justifySelf: 'start' }}
          checked={value === true}
          onChange={(event) => onChange(event.target.checked)}
        />
      ) : type === 'array' || type === 'object' || isLong ? (
        <textarea
          {...shared}
          className="mono"
          rows={3}
          value={text}
          onChange={(event) => onChange(event.target.value)}
        />
      ) : (
        <input
          {...shared}
          type={type === 'password' ? 'password' : 'text'}
          inputMode={type === 'number' ? 'decimal' : 'text'}
          autoComplete="off"
          value={text}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
      <span className="soft small" id={`help-${name}`}>
        {[description, helpertext, type === 'array' || type === 'object' ? `JSON (${type})` : null]
          .filter((each) => typeof each === 'string' && each !== '')
          .join(' ')}
      </span>
    </div>
  );
}
