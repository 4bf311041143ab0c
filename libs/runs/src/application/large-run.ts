/** Bytes of params and results from which the answer about a run is a long piece of work. */
export const largeRun = 1024 * 1024;
