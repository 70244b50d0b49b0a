import express, { type ErrorRequestHandler, type Express, type Request, type Response } from 'express';
import { RecoverError } from '../../api/recover-error.ts';
import type { Decision } from '../admission/decision.ts';
import { answerOf, decisionOfError } from '../admission/respond.ts';
import { type AdmissionRequest, parseReview } from '../admission/review.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';

export type Endpoint = (request: AdmissionRequest) => Promise<Decision>;

export interface AppOptions {
  /** Admission endpoints by path. */
  readonly endpoints: Readonly<Record<string, Endpoint>>;
  /** What keeps the catalogue from deciding; empty when it is ready. */
  readonly unready: () => readonly string[];
  /** Whether the process is about to end; clients are told to go elsewhere. */
  readonly isDraining: () => boolean;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** A review may hold an object and its predecessor of 3 MiB each (the limit of the API server), and JSON around them. */
const BODY_LIMIT = '7mb';

const codeOf = (decision: Decision): string =>
  decision.kind === 'refuse' ? (decision.problems[0]?.code ?? 'InternalError') : 'none';

const decide = async (endpoint: Endpoint, request: AdmissionRequest, log: Logger): Promise<Decision> => {
  try {
    return await endpoint(request);
  } catch (error) {
    if (!(error instanceof RecoverError)) log.error({ err: error, uid: request.uid }, 'an admission endpoint failed');
    return decisionOfError(error);
  }
};

const admissionHandler =
  (path: string, endpoint: Endpoint, { log, metrics }: AppOptions) =>
  async (req: Request, res: Response): Promise<void> => {
    const endTimer = metrics.admissionSeconds.startTimer({ endpoint: path });
    let request: AdmissionRequest;
    try {
      request = parseReview(req.body).request;
    } catch (error) {
      log.warn({ err: error, path }, 'not an AdmissionReview');
      res.status(400).json({ message: 'the body is no AdmissionReview of admission.k8s.io/v1' });
      return;
    }
    const decision = await decide(endpoint, request, log);
    const code = codeOf(decision);
    endTimer({ decision: decision.kind });
    metrics.admissions.inc({ endpoint: path, decision: decision.kind, code });
    log.info(
      {
        uid: request.uid,
        path,
        operation: request.operation,
        kind: request.kind.kind,
        user: request.userInfo.username,
        dryRun: request.dryRun === true,
        decision: decision.kind,
        code,
      },
      'decided',
    );
    res.json(answerOf(request, decision));
  };

/**
 * What could not even be read: no JSON, too large, cut off. Express would answer with the stack and write to stderr. The
 * API server takes each answer but 200 for a failure of the webhook.
 */
const failureHandler =
  ({ log }: AppOptions): ErrorRequestHandler =>
  (error: { readonly statusCode?: unknown; readonly type?: unknown }, req, res, next) => {
    const { statusCode, type } = error;
    const isOfCaller = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
    log.warn({ path: req.path, type, ...(isOfCaller ? {} : { err: error }) }, 'a request could not be read');
    if (res.headersSent) next(error);
    else res.status(isOfCaller ? statusCode : 500).json({ message: 'the request could not be read' });
  };

/** The HTTP side of the catalogue: admission, probes, metrics. Knows nothing of what it serves. */
export const createApp = (options: AppOptions): Express => {
  const app = express();
  app.disable('x-powered-by');
  app.use((_req, res, next) => {
    if (options.isDraining()) res.setHeader('connection', 'close');
    next();
  });
  app.get('/livez', (_req, res) => {
    res.type('text/plain').send('ok\n');
  });
  app.get('/readyz', (_req, res) => {
    const unready = options.isDraining() ? ['draining'] : options.unready();
    res
      .status(unready.length === 0 ? 200 : 503)
      .type('text/plain')
      .send(unready.length === 0 ? 'ok\n' : `not ready: ${unready.join(', ')}\n`);
  });
  app.get('/metrics', async (_req, res) => {
    const { registry } = options.metrics;
    res.type(registry.contentType).send(await registry.metrics());
  });
  const json = express.json({ limit: BODY_LIMIT, type: () => true });
  for (const [path, endpoint] of Object.entries(options.endpoints)) {
    app.post(path, json, admissionHandler(path, endpoint, options));
  }
  app.use(failureHandler(options));
  return app;
};
