import type { LogSink } from './log-sink';

/** Where the log is put as files, in the layout of C2SP tlog-tiles: a folder, a bucket. */
export interface LogPlace extends Pick<LogSink, 'name'> {
  /** The place and a path in it, as alarms name it. Nothing secret. */
  nameOf(path: string): string;
  /** Null: there is nothing. */
  read(path: string): Promise<Buffer | null>;
  /** Creates a file that nobody changes later; answers false if there is one already. */
  create(path: string, content: Buffer): Promise<boolean>;
  /** Puts the newest checkpoint in the place of the one before. */
  replace(path: string, content: Buffer): Promise<void>;
  /** Removes what trees of neither size need, if the place does so. */
  tidy?(had: number, size: number): Promise<void>;
}
