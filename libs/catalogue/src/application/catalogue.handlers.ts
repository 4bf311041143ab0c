import { type TaskDefinition } from '#libs/contracts';
import { type IndexedTask } from '../read/catalogue-store';

export type Labels = Readonly<Record<string, string>>;

export type Listed = TaskDefinition | IndexedTask;
