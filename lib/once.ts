/** Does `work` when first asked, and never again once it succeeded; whoever asks meanwhile waits for the same. */
export function once<Input extends readonly unknown[], Result>(
  work: (...input: Input) => Promise<Result>,
): (...input: Input) => Promise<Result> {
  let done: Promise<Result> | null = null;
  return (...input) => {
    done ??= work(...input).catch((error: unknown) => {
      done = null;
      throw error;
    });
    return done;
  };
}
