import type { Random } from './random.ts';
import type { TruthLab } from './truth-lab.ts';
import type { Workload } from './workload.ts';

/** A workload against the tables of a lab, its manner by lot. */
export function randomWorkload(lab: TruthLab, random: Random, transactions: number): Workload {
  const { sessions, tables, nextSample } = lab;
  return {
    ...{ sessions, tables, nextSample, transactions },
    random: random.fork(),
    manner: random.pick(['in turns', 'at once']),
    sampleOneIn: random.pick([1, 3, 6]),
  };
}
