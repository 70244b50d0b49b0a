/**
 * `Promise.all` whose failure does not hang on which answer comes first: of several failures the first in the order
 * of the list is thrown, so that the same cluster gets the same findings every time.
 */
export const allInOrder = async <Values extends readonly unknown[] | []>(
  values: Values,
): Promise<{ -readonly [Place in keyof Values]: Awaited<Values[Place]> }> => {
  await Promise.allSettled(values);
  return Promise.all(values);
};
