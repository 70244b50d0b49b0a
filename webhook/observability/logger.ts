import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';

export type { Logger } from 'pino';

/** Fields that could carry a token, a key or a login; they are cut out wherever they turn up. */
const SECRET_FIELDS: ReadonlySet<string> = new Set([
  'accesstoken',
  'recoverytoken',
  'grant',
  'privatejwk',
  'privatekey',
  'd',
  'authorization',
  'data',
  'annotations',
]);

const CENSOR = '[cut]';

/**
 * What is a secret by its looks, whatever it is part of: a compact JWS (RFC 7515 §7.1; the header of each begins with
 * `{"`), and a private key in PEM. An API server quotes in its errors what it was sent.
 */
const SECRETS = [
  /eyJ[\w-]*\.[\w-]*\.[\w-]*/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g,
];

const cut = (key: string, value: unknown): unknown => {
  if (SECRET_FIELDS.has(key.toLowerCase())) return CENSOR;
  return typeof value === 'string' ? SECRETS.reduce((text, secret) => text.replace(secret, CENSOR), value) : value;
};

/** Cuts secrets out of a finished line: there it does not matter what they hung on, or how deep. */
const withoutSecrets = (line: string): string => `${JSON.stringify(JSON.parse(line, cut))}\n`;

/** Structured log, one JSON line per event. Whole objects and reviews are never logged. */
export const createLogger = (level: string, destination: DestinationStream): Logger =>
  pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      hooks: { streamWrite: withoutSecrets },
    },
    destination,
  );
