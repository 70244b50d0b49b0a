import { RecoverError } from '../../api/recover-error.ts';

/** A registry, a path, a tag and a digest; only the path must be there (OCI distribution specification, "Pulling manifests"). */
const REFERENCE =
  /^(?:[\w.-]+(?::\d+)?\/)?[a-z0-9][a-z0-9._/-]*(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/;

/**
 * An image that is one for good: what it names is to sign recoveries, so a tag that moves by convention is not taken.
 * @throws RecoverError `UsageError`
 */
export const parseImage = (text: string): string => {
  const parts = REFERENCE.exec(text)?.groups;
  const wrong = (what: string): RecoverError =>
    new RecoverError({
      code: 'UsageError',
      message: `"${text}" ${what}`,
      mend: 'write --image REGISTRY/catalogue:VERSION, best with its @sha256:DIGEST',
    });
  if (parts === undefined) throw wrong('is no image');
  const { tag, digest } = parts;
  if (digest === undefined && (tag === undefined || tag === 'latest')) throw wrong('is another image from day to day');
  return text;
};
