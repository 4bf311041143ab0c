/**
 * Name of the environment variable that an agent gives a param in: `PARAM_` and the name, with the letters a to z in capitals and an
 * underscore for each character that is no letter of A to Z and no digit. `größe` becomes `PARAM_GR__E`.
 */
export function variableOfParam(name: string): string {
  const plain = name.replace(/[a-z]/g, (letter) => letter.toUpperCase()).replace(/[^A-Z0-9]/gu, '_');
  return `PARAM_${plain}`;
}

/** Whether a process can be given a variable of this name. */
export function isVariableName(name: string): boolean {
  return name !== '' && !/[=\0]/.test(name);
}
