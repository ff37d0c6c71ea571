/** What the worker is started with, besides the environment. */
export interface WorkerTask {
  readonly configPath: string;
  /** Folder into which changes are captured. */
  readonly root: string;
  /** Captured files are sent on to where the configuration has them wait. */
  readonly uploads: boolean;
  /** How long a change may wait for its file, in milliseconds. */
  readonly captureMs: number;
  /** Least time from the end of an ingest to the next one. */
  readonly ingestMs: number;
  /** Least time from the end of an export to the next one; null without exports. */
  readonly exportMs: number | null;
}

/** A table as the worker last saw it. */
export interface TableNews {
  readonly table: string;
  /** Rows of the history. */
  readonly versions: number;
  readonly current: number;
  /** Seconds from the newest commit that the last ingest took in to that ingest's end. */
  readonly lagSeconds: number | null;
}

/** What the worker tells of itself. */
export type WorkerMessage =
  /** The load is in files, and the log is followed. */
  | { readonly kind: 'capturing' }
  | { readonly kind: 'ingesting' }
  | { readonly kind: 'ingested'; readonly tables: readonly TableNews[] }
  | { readonly kind: 'exported'; readonly tables: readonly ExportNews[] }
  /** Everything that was committed before it was told to finish is in the histories and, if wanted, in the target. */
  | { readonly kind: 'finished' }
  | { readonly kind: 'failed'; readonly message: string };

/** A table of the target after an export. */
export interface ExportNews {
  readonly table: string;
  /** Seconds from the newest commit that was sent to the export's end; null where nothing new was. */
  readonly lagSeconds: number | null;
}

/** The one thing the worker is told. */
export const FINISH = 'finish';
