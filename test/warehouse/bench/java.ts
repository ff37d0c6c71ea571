import { join } from 'node:path';
import { runProgram } from './run-program.ts';

const SUPPORTED = ['17', '21'];

/** A Java home's `bin` folder, or an empty text when Java is on the PATH. Null when there is no Java 17 or 21. */
export async function findJava(): Promise<{ readonly bin: string } | null> {
  const homes = process.env.JAVA_HOME ? [join(process.env.JAVA_HOME, 'bin')] : [];
  for (const bin of [...homes, '']) {
    const { status, output } = await runProgram(join(bin, 'java'), ['-version']);
    const version = /version "(\d+)/.exec(output)?.[1] ?? '';
    if (status === 0 && SUPPORTED.includes(version)) return { bin };
  }
  return null;
}
