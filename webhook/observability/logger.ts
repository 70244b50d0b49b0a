import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';

export type { Logger } from 'pino';

/** Fields that could carry a token, a key or a login; they are cut out wherever they turn up. */
const SECRET_FIELDS = [
  'accessToken',
  'recoveryToken',
  'grant',
  'privateJwk',
  'd',
  'authorization',
  'data',
  'annotations',
];

/** Structured log, one JSON line per event. Whole objects and reviews are never logged. */
export const createLogger = (level: string, destination: DestinationStream): Logger =>
  pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      redact: { paths: SECRET_FIELDS.flatMap(field => [field, `*.${field}`, `*.*.${field}`]), censor: '[cut]' },
    },
    destination,
  );
