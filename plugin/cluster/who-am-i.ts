/** `SelfSubjectReview` of `authentication.k8s.io/v1`: whom the cluster takes the caller for. */
export interface SelfSubjectReview {
  readonly status?: { readonly userInfo?: { readonly username?: string; readonly groups?: readonly string[] } };
}

/** Sends a review to a cluster. */
export type SendReview = (path: string, body: Readonly<Record<string, unknown>>) => Promise<SelfSubjectReview>;

/** Whom a cluster takes the caller for; every authenticated user may ask. */
export const whoAmI = (send: SendReview): Promise<SelfSubjectReview> =>
  send('/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'SelfSubjectReview',
  });
