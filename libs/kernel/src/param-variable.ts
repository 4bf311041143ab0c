/**
 * The name of the environment variable that an agent uses for a param: `PARAM_` and the name, with a to z as capitals
 * and an underscore for each character other than A to Z and 0 to 9. `größe` becomes `PARAM_GR__E`.
 */
export function variableOfParam(name: string): string {
  const plain = name.replace(/[a-z]/g, (letter) => letter.toUpperCase()).replace(/[^A-Z0-9]/gu, '_');
  return `PARAM_${plain}`;
}

/** Whether a process can have a variable with this name. */
export function isVariableName(name: string): boolean {
  return name !== '' && !/[=\0]/.test(name);
}
