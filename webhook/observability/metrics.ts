import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Every metric of the catalogue; labels are bounded, no user, group or namespace is one. */
export interface Metrics {
  readonly registry: Registry;
  readonly admissionSeconds: Histogram<'endpoint' | 'decision'>;
  readonly admissions: Counter<'endpoint' | 'decision' | 'code'>;
  readonly answers: Counter<'outcome' | 'code'>;
  readonly recoveries: Counter<'outcome' | 'code'>;
  readonly stamps: Counter<'outcome'>;
  readonly successions: Counter<'outcome'>;
  readonly bypasses: Counter;
  readonly wouldBeRefused: Counter<'wall'>;
  readonly veleroDrift: Gauge;
  readonly reconcileErrors: Counter<'controller'>;
  readonly watchRelists: Counter<'resource'>;
  readonly watchAgeSeconds: Gauge<'resource'>;
  readonly certificateExpiryTime: Gauge<'certificate'>;
}

export const createMetrics = (): Metrics => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    admissionSeconds: new Histogram({
      name: 'recover_admission_duration_seconds',
      help: 'Time to answer an admission review.',
      labelNames: ['endpoint', 'decision'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers,
    }),
    admissions: new Counter({
      name: 'recover_admissions_total',
      help: 'Admission reviews by endpoint, decision and first code.',
      labelNames: ['endpoint', 'decision', 'code'],
      registers,
    }),
    answers: new Counter({
      name: 'recover_access_requests_total',
      help: 'AccessRequests answered or refused.',
      labelNames: ['outcome', 'code'],
      registers,
    }),
    recoveries: new Counter({
      name: 'recover_recoveries_total',
      help: 'Recoveries that ended, by outcome and code.',
      labelNames: ['outcome', 'code'],
      registers,
    }),
    stamps: new Counter({
      name: 'recover_stamps_total',
      help: 'Backups stamped, adopted later, without groups, or not stamped although they hold groups.',
      labelNames: ['outcome'],
      registers,
    }),
    successions: new Counter({
      name: 'recover_key_successions_total',
      help: 'Keys of peers that were announced beside stamps: accepted, pinned, or ignored since not announced rightly.',
      labelNames: ['outcome'],
      registers,
    }),
    bypasses: new Counter({
      name: 'recover_bypasses_total',
      help: 'Restores that were made by break-glass.',
      registers,
    }),
    wouldBeRefused: new Counter({
      name: 'recover_would_be_refused_total',
      help: 'Writes in mode Audit that mode Enforce would refuse, by wall.',
      labelNames: ['wall'],
      registers,
    }),
    veleroDrift: new Gauge({
      name: 'recover_velero_drift',
      help: '1 while Velero runs under other accounts than those that an operator confirmed.',
      registers,
    }),
    reconcileErrors: new Counter({
      name: 'recover_reconcile_errors_total',
      help: 'Reconciles that failed and will run again.',
      labelNames: ['controller'],
      registers,
    }),
    watchRelists: new Counter({
      name: 'recover_watch_relists_total',
      help: 'Full lists after the first, each a lost place in a watch.',
      labelNames: ['resource'],
      registers,
    }),
    watchAgeSeconds: new Gauge({
      name: 'recover_watch_age_seconds',
      help: 'Time since a watch last heard from the API server.',
      labelNames: ['resource'],
      registers,
    }),
    certificateExpiryTime: new Gauge({
      name: 'recover_certificate_expiry_timestamp_seconds',
      help: 'When the serving certificate and its CA expire.',
      labelNames: ['certificate'],
      registers,
    }),
  };
};
