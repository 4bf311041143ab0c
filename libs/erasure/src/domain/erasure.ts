import type { Decider } from '#libs/kernel';

/** What was erased: a person's values, by throwing away their keys. */
export interface ErasureState {
  readonly at: number;
  /** Only what was recorded in this team; null: everything of the person. */
  readonly teamId: string | null;
  /** Teams in which something was recorded. */
  readonly teamIds: readonly string[];
  /** The actor: `user:<id>`, `token:<id>`, `anonymous`. */
  readonly subject: string;
  /** The actor who asked for it. */
  readonly by: string;
  readonly reason: string;
  /** Ids of the keys, as sealed values name them. */
  readonly keys: readonly string[];
}

export interface ErasePersonalData {
  readonly type: 'ErasePersonalData';
  readonly erasure: ErasureState;
}

export interface PersonalDataErased {
  readonly type: 'PersonalDataErased';
  readonly data: ErasureState;
}

/** Each erasure is a stream of one event. */
export const erasureDecider: Decider<ErasureState, ErasePersonalData, PersonalDataErased> = {
  decide: (state, { erasure }) => (state ? [] : [{ type: 'PersonalDataErased', data: erasure }]),
  evolve: (state, { data }) => state ?? data,
};
