/** A word that may come next. */
export interface Candidate {
  readonly value: string;
  readonly describe: string;
}

/**
 * Of what cobra tells shells about candidates, https://github.com/spf13/cobra: they may complete files, or not, and keep
 * the order in which candidates come.
 */
export const DIRECTIVE = { files: 0, noFiles: 4, keepOrder: 32 } as const;
