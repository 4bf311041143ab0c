// The transparency log of the ledger, in formats that other people's tools verify: RFC 6962 tree, C2SP tiles, signed
// notes, cosignatures, proofs. It must not know what an event means: it logs commitments to events, whatever they say.
export { parsePolicy, type Policy } from './domain';
export { checkProvenRuns } from './application/check-proven-runs';
export { logFiles, logKeyInFolder, makeLogKey, parseLogKey } from './application/log-key';
export type { S3Options } from './application/s3-place';
export { type SigningOptions, TransparencyWorker } from './application/transparency-worker';
export { TransparencyModule } from './transparency.module';
export { type RunningWitness, startWitness, type WitnessOptions } from './witness/start-witness';
