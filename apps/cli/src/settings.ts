import { type Config, ConfigError, parseConfig } from '#libs/config';
import { wrongUsage } from './exit';

/** The server's settings, from the environment. */
export function settings(): Config {
  try {
    return parseConfig(process.env, []);
  } catch (error) {
    if (error instanceof ConfigError) throw wrongUsage(`The settings are wrong: ${error.problems.join('; ')}.`);
    throw error;
  }
}

/** A variable of the environment; an empty one counts as absent. */
export function variable(name: string): string | undefined {
  const value = process.env[name];
  return value === '' ? undefined : value;
}
