import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A migration that runs one SQL text. Forward only: the ledger is never taken back. */
export function sqlMigration(name: string, sql: string): new () => MigrationInterface & { readonly name: string } {
  return class implements MigrationInterface {
    readonly name = name;

    async up(runner: QueryRunner): Promise<void> {
      await runner.query(sql);
    }

    down(): Promise<void> {
      return Promise.reject(new Error(`${name} cannot be undone: migrations go forward only`));
    }
  };
}
