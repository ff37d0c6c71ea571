import type { LedgerFile } from './records.ts';

/** Files named in one row; ten thousand of them must not make a text that an engine refuses. */
const FILES_PER_ROW = 2000;

/** What a started batch must remember of a file to know it again. */
type Taken = Pick<LedgerFile, 'path' | 'version' | 'generation' | 'fullLoad' | 'size' | 'arrivedAt'>;

/** The files of a batch as texts of bounded size; one at least, for a batch without files too. */
export function writeTaken(files: readonly LedgerFile[]): string[] {
  const texts: string[] = [];
  for (let at = 0; at === 0 || at < files.length; at += FILES_PER_ROW) {
    const some = files.slice(at, at + FILES_PER_ROW);
    texts.push(
      JSON.stringify(
        some.map(({ path, version, generation, fullLoad, size, arrivedAt }): Taken => {
          return { path, version, generation, fullLoad, size, arrivedAt };
        }),
      ),
    );
  }
  return texts;
}

/** Reads back what `writeTaken` wrote, in the same order. What only the rows of a file tell is null. */
export function readTaken(texts: readonly (string | null)[]): LedgerFile[] {
  return texts.flatMap((text) =>
    (JSON.parse(text ?? '[]') as Taken[]).map((file) => ({
      ...file,
      rows: null,
      firstCommit: null,
      lastCommit: null,
    })),
  );
}
