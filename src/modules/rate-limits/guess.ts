/** `unmade`: the secret was never compared, because of an error. */
export type GuessOutcome = 'right' | 'wrong' | 'unmade';

/** A guess at a password or a key that is counted already. To be settled exactly once. */
export interface Guess {
  /** Gives the guess back unless it was wrong. */
  settle(outcome: GuessOutcome): Promise<void>;
}
