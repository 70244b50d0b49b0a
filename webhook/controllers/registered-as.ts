import type { Static } from 'typebox';
import type { ApplicationGroup } from '../../api/kinds/application-group.ts';
import { groupIdSchema } from '../../api/kinds/group-parts.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { parserOf } from '../../api/parse.ts';
import { object, optional, time } from '../../api/schema.ts';

const schema = object({ groupID: groupIdSchema, activeSince: optional(time()) });

/** The ID under which the catalogue registered a group, and since when the copy here is the active one. */
export type RegisteredAs = Static<typeof schema>;

const parse = parserOf(schema, `annotation "${ANNOTATIONS.registeredAs}"`);

/** What the catalogue wrote on a group that was recovered from elsewhere, or claimed. Nobody else may write it. */
export const registeredAs = ({ metadata }: Pick<Stored<ApplicationGroup>, 'metadata'>): RegisteredAs | undefined => {
  const value = metadata.annotations?.[ANNOTATIONS.registeredAs];
  return value === undefined ? undefined : parse(JSON.parse(value));
};

/** The annotation that says so. */
export const registeredAsAnnotation = (registered: RegisteredAs): Record<string, string> => ({
  [ANNOTATIONS.registeredAs]: JSON.stringify(registered),
});
