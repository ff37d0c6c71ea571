import { Metrics } from '@aws-lambda-powertools/metrics';
import { METRIC_NAMESPACE, type MetricDefinition, metricDimensions, type MetricSubject } from '../metrics.ts';

/** Samples of metrics, collected until they are published. */
export interface PublishedMetrics {
  /** One sample, for the pipeline and, where the metric's scope has one, for the subject too. */
  add(metric: MetricDefinition, value: number, subject?: Omit<MetricSubject, 'pipeline'>): void;
  /** Writes what was added since the last time, as log lines that CloudWatch makes metrics of. */
  publish(): void;
}

/** Metrics of one pipeline. */
export function createMetricSink(pipeline: string): PublishedMetrics {
  const sets = new Map<string, Metrics>();
  const metricsOf = (subject: MetricSubject): Metrics => {
    const dimensions = metricDimensions(subject);
    const key = JSON.stringify(dimensions);
    const metrics = sets.get(key) ?? createMetrics(dimensions);
    sets.set(key, metrics);
    return metrics;
  };
  return {
    add({ name, unit, scope }, value, subject = {}) {
      metricsOf({ pipeline }).addMetric(name, unit, value);
      const whom = scope === 'pipeline' ? undefined : subject[scope];
      if (whom !== undefined) metricsOf({ pipeline, [scope]: whom }).addMetric(name, unit, value);
    },
    publish() {
      for (const metrics of sets.values()) if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
      sets.clear();
    },
  };
}

/** One set of dimensions each. They are the default ones, so that they outlast a publishing in between. */
function createMetrics(dimensions: Record<string, string>): Metrics {
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE });
  metrics.clearDefaultDimensions();
  return metrics.setDefaultDimensions(dimensions);
}
