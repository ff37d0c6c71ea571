import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../bin/program.ts';
import type { Cli } from '../../bin/cli.ts';

const text = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
const headings = [...text.matchAll(/^(#{2,3}) (.+)$/gm)].map(([, level, title]) => ({
  level,
  title: title!,
}));

/** The anchor that GitHub gives a heading. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s-]/gu, '')
    .replace(/\s/g, '-');
}

/** The lines of a section, up to the next heading of any level. */
function section(title: string): string {
  const from = text.indexOf(`\n### ${title}\n`) + title.length + 6;
  const rest = text.slice(from);
  return rest.slice(0, rest.search(/\n#{2,3} /));
}

describe('docs/runbook.md', () => {
  it('says of each alarm what it means, how to look, how to repair and how to replay', () => {
    const from = headings.findIndex(({ title }) => title === 'Alarms') + 1;
    const alarms = headings.slice(
      from,
      headings.findIndex(({ level }, at) => at >= from && level === '##'),
    );
    const parts = ['**What it means.**', '**How to look.**', '**How to repair.**', '**How to replay.**'];

    expect(alarms.length).toBeGreaterThan(15);
    expect(alarms.filter(({ title }) => parts.some((part) => !section(title).includes(part)))).toEqual([]);
  });

  it('has sections on the life of a table and on disasters', () => {
    const titles = headings.map(({ title }) => title);

    expect(titles).toEqual(
      expect.arrayContaining([
        'Pause a table',
        'Remove a table',
        'Rename a table',
        'Lost bucket',
        'Lost history table',
        'Lost target',
        'Lost position of DMS',
      ]),
    );
  });

  it('links to sections that it has', () => {
    const anchors = headings.map(({ title }) => slug(title));
    const links = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor!);

    expect(links.filter((anchor) => !anchors.includes(anchor))).toEqual([]);
  });

  it('names commands and options of tidemark that there are', () => {
    const program = createProgram((): Cli => {
      throw new Error('nothing is run');
    });
    const known = new Map(program.commands.map((command) => [command.name(), command]));
    const written = [...text.matchAll(/(?:`|^|\n)tidemark ([^`\n#]+)/g)].map(([, line]) => line!.trim());

    const wrong = written.filter((line) => {
      const [name = '', ...rest] = line.split(/\s+/);
      const options = known.get(name)?.options.map(({ long }) => long) ?? null;
      return options === null || rest.some((word) => word.startsWith('--') && !options.includes(word));
    });

    expect(written.length).toBeGreaterThan(20);
    expect(wrong).toEqual([]);
  });

  it('says where dead letters go: SQS knows it only of those that it moved itself', () => {
    const tasks = [...text.matchAll(/^aws sqs start-message-move-task .*$/gm)].map(([line]) => line);

    expect(tasks).toHaveLength(1);
    expect(tasks[0]).toContain(' --destination-arn ');
  });
});
