// The transparency log of the ledger, in formats that other people's tools verify: RFC 6962 tree, C2SP tiles, signed
// notes, cosignatures, proofs. It must not know what an event means: it logs commitments to events, whatever they say.
export * from './domain';
