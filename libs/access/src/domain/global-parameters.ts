import { assertNever, type Decider, RefusedError } from '#libs/kernel';
import { type Parameter, unknownParameter } from './team';

/** The params of the installation: one stream. */
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
            `There is a parameter named ${command.parameter.name} already. Field name must be unique.`,
          );
        }
        return [{ type: 'GlobalParameterSet', data: { at: command.now, parameter: command.parameter } }];
      case 'UpdateParameter':
        if (!has(command.parameter.name)) throw unknownParameter(command.parameter.name);
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
    const { parameter } = event.data;
    const isKnown = parameters.some(({ name }) => name === parameter.name);
    return {
      parameters: isKnown
        ? parameters.map((each) => (each.name === parameter.name ? parameter : each))
        : [...parameters, parameter],
    };
  },
};
