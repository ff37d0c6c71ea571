import type { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { TerminalError } from '../errors.ts';
import {
  METRIC_DIMENSIONS,
  METRIC_NAMESPACE,
  metricDimensions,
  type MetricDefinition,
  type MetricSubject,
} from '../metrics.ts';

export interface PipelineMetricOptions {
  /** @default the definition's own */
  readonly statistic?: string;
  /** @default Duration.minutes(5) */
  readonly period?: Duration;
  /** @default - the name of the metric */
  readonly label?: string;
}

/** A metric of ours as CloudWatch has it, for alarms, graphs and whoever builds on the constructs. */
export function pipelineMetric(
  definition: MetricDefinition,
  subject: MetricSubject,
  options: PipelineMetricOptions = {},
): Metric {
  const { name, statistic } = definition;
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName: name,
    dimensionsMap: metricDimensions(subject),
    statistic,
    ...options,
  });
}

/** Lines that a graph can show and a person can tell apart. */
const MOST_LINES = 20;

/**
 * The tables or exports of a pipeline with the highest values of a metric, whichever they are: one widget for any number
 * of them, which names none. CloudWatch looks at the first 500 that it finds.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
 */
export function highest(
  { name, statistic }: MetricDefinition,
  by: 'table' | 'export',
  pipeline: string,
  period: Duration,
): MathExpression {
  if (/["'\\]/.test(pipeline)) {
    throw new TerminalError(
      'PIPELINE_NAME_REFUSED',
      `The name ${JSON.stringify(pipeline)} of a pipeline cannot be searched for in CloudWatch. Use letters, digits and dashes.`,
    );
  }
  const dimensions = [METRIC_NAMESPACE, METRIC_DIMENSIONS.pipeline, METRIC_DIMENSIONS[by]].join(',');
  const terms = `MetricName="${name}" ${METRIC_DIMENSIONS.pipeline}="${metricDimensions({ pipeline }).Pipeline}"`;
  const search = `SEARCH('{${dimensions}} ${terms}', '${statistic}', ${period.toSeconds()})`;
  return new MathExpression({
    expression: `SORT(${search}, MAX, DESC, ${MOST_LINES})`,
    label: '',
    period,
  });
}
