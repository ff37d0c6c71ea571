import type { PipelineError } from '../errors.ts';

export type ObjectKind = 'schema' | 'volume' | 'ledger' | 'history' | 'view' | 'grant';

/**
 * How an object stands beside what is wanted:
 * - `fits`: nothing to do;
 * - `missing`, `migrated`: the statements make it, or add to it what it lacks;
 * - `differs`: something else is there, which is never replaced;
 * - `later`: it cannot be made yet, and will be without a person;
 * - `blocked`: something it rests on is not there.
 */
export type Finding =
  | { readonly state: 'fits'; readonly note?: string }
  | {
      readonly state: 'missing' | 'migrated';
      /** In order; each is safe to repeat, and the whole is when the first of them were done. */
      readonly statements: readonly string[];
      readonly note?: string;
    }
  | { readonly state: 'differs' | 'later' | 'blocked'; readonly note: string };

/** One thing that must exist. */
export interface CatalogObject {
  readonly kind: ObjectKind;
  /** As a person reads it, unquoted. */
  readonly name: string;
  /** Compares what is there with what is wanted. Changes nothing. */
  look(): Promise<Finding>;
  /** Runs the statements of a finding. */
  make(statements: readonly string[]): Promise<void>;
  /** What is granted, on what; to be given to whoever runs setup when the engine refuses. */
  readonly needs: readonly Need[];
}

/** A right that making an object takes. */
export interface Need {
  /** For instance `create volume`. */
  readonly privileges: string;
  /** SQL of what it is granted on, for instance `` schema `main`.`shop` ``, or words where nobody knows its name. */
  readonly on: string;
}

/** What setup found of one object, and what it did. Plain JSON but for the error. */
export interface SetupResult {
  readonly kind: ObjectKind;
  readonly name: string;
  readonly state: Finding['state'] | 'denied' | 'failed';
  /** The statements were run. False for a dry run, and where there are none. */
  readonly done: boolean;
  readonly statements: readonly string[];
  readonly note: string | null;
  /** What an administrator can run when a right is missing. */
  readonly remedies: readonly string[];
  readonly error: PipelineError | null;
}
