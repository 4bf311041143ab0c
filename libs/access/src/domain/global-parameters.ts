import { assertNever, type Decider, jsonBytes, RefusedError } from '#libs/kernel';
import { type Parameter, unknownParameter } from './team';

/** The params of the installation are one stream. */
export interface GlobalParameters {
  readonly parameters: readonly Parameter[];
}

export type GlobalParametersCommand =
  | { readonly type: 'CreateParameter' | 'UpdateParameter'; readonly now: number; readonly parameter: Parameter }
  | { readonly type: 'RemoveParameter'; readonly now: number; readonly name: string };

export type GlobalParametersEvent =
  | { readonly type: 'GlobalParameterSet'; readonly data: { readonly at: number; readonly parameter: Parameter } }
  | { readonly type: 'GlobalParameterRemoved'; readonly data: { readonly at: number; readonly name: string } };

export const globalParametersDecider: Decider<GlobalParameters, GlobalParametersCommand, GlobalParametersEvent> = {
  decide(state, command) {
    const has = (name: string) => state?.parameters.some((each) => each.name === name) ?? false;
    switch (command.type) {
      case 'CreateParameter':
        if (has(command.parameter.name)) {
          throw new RefusedError(
            'PARAMETER_NON_UNIQUE_NAME',
            `A parameter named ${command.parameter.name} already exists. Field name must be unique.`,
          );
        }
        refuseOversized(state, command.parameter);
        return [{ type: 'GlobalParameterSet', data: { at: command.now, parameter: command.parameter } }];
      case 'UpdateParameter':
        if (!has(command.parameter.name)) throw unknownParameter(command.parameter.name);
        refuseOversized(state, command.parameter);
        return [{ type: 'GlobalParameterSet', data: { at: command.now, parameter: command.parameter } }];
      case 'RemoveParameter':
        if (!has(command.name)) throw unknownParameter(command.name);
        return [{ type: 'GlobalParameterRemoved', data: { at: command.now, name: command.name } }];
      default:
        return assertNever(command);
    }
  },
  evolve(state, event) {
    const parameters = state?.parameters ?? [];
    if (event.type === 'GlobalParameterRemoved') {
      return { parameters: parameters.filter(({ name }) => name !== event.data.name) };
    }
    return { parameters: withParameter(parameters, event.data.parameter) };
  },
};

function withParameter(parameters: readonly Parameter[], parameter: Parameter): readonly Parameter[] {
  const isKnown = parameters.some(({ name }) => name === parameter.name);
  if (!isKnown) return [...parameters, parameter];
  return parameters.map((each) => (each.name === parameter.name ? parameter : each));
}

/** The most bytes for all params of the installation, because every run reads them: 1 MiB. */
const maxParameters = 1024 * 1024;

function refuseOversized(state: GlobalParameters | null, parameter: Parameter): void {
  const bytes = jsonBytes(withParameter(state?.parameters ?? [], parameter));
  if (bytes <= maxParameters) return;
  throw new RefusedError(
    'PARAMETER_INVALID_DEFINITION',
    `The installation would have ${bytes} bytes of parameters: at most ${maxParameters} are allowed.`,
  );
}
