const { ModuleMocker } = require('jest-mock');

/** Runs spec files in the realm of their worker, and puts back what a file has changed of the process: variables, listeners. */
module.exports = class WorkerRealm {
  global = globalThis;
  fakeTimers = null;
  fakeTimersModern = null;
  moduleMocker = new ModuleMocker(globalThis);
  variables = { ...process.env };
  exit = process.exit;
  listeners = new Map(process.eventNames().map((event) => [event, process.rawListeners(event)]));

  constructor({ projectConfig }) {
    this.conditions = projectConfig.testEnvironmentOptions.customExportConditions;
  }

  exportConditions() {
    return this.conditions;
  }

  getVmContext() {
    return null;
  }

  async setup() {}

  async teardown() {
    process.exit = this.exit;
    for (const event of process.eventNames()) {
      const kept = this.listeners.get(event) ?? [];
      for (const added of process.rawListeners(event)) if (!kept.includes(added)) process.removeListener(event, added);
    }
    for (const name of Object.keys(process.env)) if (!(name in this.variables)) delete process.env[name];
    Object.assign(process.env, this.variables);
  }
};
